// The server's page: what it watches by topic, and what it publishes with one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { snippets, stream_address } from '../../source/server/web/watch.mjs';
import { share_browser } from './browser.mjs';
import { event_shown, events_shown, eventually, in_reverse, open_hub_page, stream_state } from './hub_page.mjs';
import { post, request } from './publish.mjs';
import { start_server } from './server.mjs';
import { raw_stream } from './stream.mjs';

describe('page/topics', () => {
    let context;
    share_browser(started => (context = started));

    async function set_up(t, options = []) {
        const scope = in_reverse(t);
        const server = await start_server(scope, ['--retry', '100ms', ...options]);
        return { server, page: await open_hub_page(scope, context, server) };
    }

    async function watch(page, kind, text) {
        await page.locator('#watch-kind').selectOption(kind);
        await page.locator('#watch-topic').fill(text);
        await page.getByRole('button', { name: 'Watch', exact: true }).click();
        await eventually(page, wanted => document.getElementById('watched').textContent === wanted, text === '' ? 'everything' : `${kind} ${text}`);
        // The session tells what it wants now.
        const id = await page.locator('#events-stream .session').getAttribute('title');
        return id;
    }

    /** Waits until the session wants these topics and patterns, and is connected. */
    async function wants(server, id, topics, patterns) {
        for (const until = Date.now() + 20_000; ;) {
            const { json } = await request(server, 'GET', `/sessions/${id}`);
            if (json.active && JSON.stringify([json.topics, json.topicPatterns]) === JSON.stringify([topics, patterns])) return;
            assert.ok(Date.now() < until, JSON.stringify(json));
        }
    }

    const publish = async (server, event) => {
        const answer = await post(server, '/publish', 'application/json', JSON.stringify(event));
        assert.equal(answer.status, 200, answer.text);
        return answer.json.id;
    };
    const data_shown = async page => (await events_shown(page)).map(({ data }) => data).reverse();

    test('watch · a topic, a pattern, and everything again; nothing is lost or comes twice', async t => {
        const { server, page } = await set_up(t);
        await event_shown(page, await publish(server, { data: 'all', topic: 'b' }));
        const id = await watch(page, 'topic', 'chat/7 & more');
        await wants(server, id, ['chat/7 & more'], []);
        await publish(server, { data: 'not for it', topic: 'b' });
        await event_shown(page, await publish(server, { data: 'topic', topic: ['x', 'chat/7 & more'] }));
        await watch(page, 'pattern', '/rooms/:id');
        await wants(server, id, [], ['/rooms/:id']);
        await publish(server, { data: 'not for it either', topic: 'chat/7 & more' });
        await event_shown(page, await publish(server, { data: 'pattern', topic: '/rooms/1' }));
        await watch(page, 'topic', '');
        await wants(server, id, ['*'], []);
        await event_shown(page, await publish(server, { data: 'everything', topic: 'b' }));
        assert.deepEqual(await data_shown(page), ['all', 'topic', 'pattern', 'everything']);
    });

    test('read it elsewhere · the lines name what is watched', async t => {
        const { server, page } = await set_up(t);
        assert.equal(await page.locator('#snippet-page').inputValue(), `new EventSource("${server.url}/events")`);
        await watch(page, 'topic', "it's");
        await page.getByText('Read it elsewhere').click();
        assert.equal(await page.locator('#snippet-page').inputValue(), `new EventSource("${server.url}/events?topic=it%27s")`);
        assert.equal(await page.locator('#snippet-shell').inputValue(), `curl -N '${server.url}/events?topic=it%27s'`);
        assert.equal(stream_address({ kind: 'pattern', text: '/a/:b?&' }), 'events?topic_pattern=%2Fa%2F%3Ab%3F%26');
        assert.deepEqual(snippets('http://h/"\''), { page: 'new EventSource("http://h/\\"\'")', shell: String.raw`curl -N 'http://h/"'\''` + "'" });
    });

    test('publish · with a topic, in private, and as the last of it, which the page says', async t => {
        const { server, page } = await set_up(t);
        const publish_here = async data => {
            await page.locator('#publish-data').fill(data);
            await page.getByRole('button', { name: 'Publish', exact: true }).click();
            return page.locator('#publish-answer code').textContent();
        };
        await watch(page, 'topic', 'a');
        await wants(server, await page.locator('#events-stream .session').getAttribute('title'), ['a'], []);
        await page.locator('#publish-topic').fill('a');
        await event_shown(page, await publish_here('open'));
        await page.getByLabel(/Private:/).check();
        const secret = await publish_here('secret');
        await page.getByLabel(/Private:/).uncheck();
        await page.getByLabel(/The last event/).check();
        await eventually(page, () => document.getElementById('publish-answer').textContent !== '');
        await publish_here('the end');
        await stream_state(page, 'events', 'stopped');
        assert.match(await page.locator('#events-stream .state').textContent(), /the topic a has ended/);
        assert.deepEqual(await data_shown(page), ['open', 'the end']);
        const { json } = await request(server, 'GET', '/history?topic=a');
        assert.deepEqual(json.events.map(e => e.data), ['open', 'the end']);
        assert.notEqual(secret, '');
        // Chosen sessions have no topic.
        await page.getByLabel('Chosen sessions').check();
        assert.equal(await page.locator('#publish-topic').isVisible(), false);
    });

    test('list · topics with their streams and rates; a button watches one, another publishes to it', async t => {
        const { server, page } = await set_up(t);
        const streams = [];
        for (const topic of ['chat/1', 'chat/1', 'news']) streams.push(await raw_stream.open(server, { query: `?topic=${topic}` }));
        server.at_end(() => streams.forEach(stream => stream.close()));
        for (let i = 0; i < 30; ++i) await publish(server, { data: String(i), topic: 'busy' });
        const row = topic => page.locator('#topic-table tbody', { has: page.getByText(topic, { exact: true }) });
        const rows = () => page.locator('#topic-table tbody').evaluateAll(all => all.map(each => [...each.querySelectorAll('td')].slice(0, 3).map(cell => cell.textContent)));
        await row('busy').waitFor();
        await eventually(page, () => document.querySelectorAll('#topic-table tbody').length === 3);
        const shown = await rows();
        assert.deepEqual(shown.map(([topic, count]) => [topic, count]), [['busy', '0'], ['chat/1', '2'], ['news', '1']]);
        assert.match(shown[0][2], /^[0-9.]+ \/s$/);
        assert.notEqual(shown[0][2], '0 /s');
        assert.equal(shown[1][2], '0 /s');
        await page.locator('#topic-search').fill('CHAT');
        assert.deepEqual((await rows()).map(([topic]) => topic), ['chat/1']);
        await page.locator('#topic-search').fill('none of it');
        await page.getByText('No topic matches the search.').waitFor();
        await page.locator('#topic-search').fill('');
        await page.getByRole('button', { name: 'Watch chat/1' }).click();
        await wants(server, await page.locator('#events-stream .session').getAttribute('title'), ['chat/1'], []);
        await page.getByRole('button', { name: 'Publish to chat/1' }).click();
        await page.keyboard.type('by its row');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        await event_shown(page, await page.locator('#publish-answer code').textContent());
        assert.equal((await data_shown(page)).at(-1), 'by its row');
    });
});
