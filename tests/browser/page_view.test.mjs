// The server's page: its numbers, the live view, and the form that publishes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { share_browser } from './browser.mjs';
import { event_shown, events_shown, eventually, in_reverse, losses, network_noise, open_hub_page, own_session, session_row, stream_state } from './hub_page.mjs';
import { small_payloads } from './payloads.mjs';
import { broadcast, mint_session, post, wait_for_streams } from './publish.mjs';
import { publish_payload, transports_for } from './published.mjs';
import { start_server } from './server.mjs';
import { raw_stream } from './stream.mjs';

describe('page', () => {
    let context;
    share_browser(started => (context = started));

    /** A server, the page, and a subscriber that is not the page. */
    async function set_up(t, options = [], page_options = {}) {
        const scope = in_reverse(t);
        const server = await start_server(scope, options);
        const other = await raw_stream.open(server);
        server.at_end(() => other.close());
        const page = await open_hub_page(scope, context, server, page_options);
        return { server, page, other };
    }

    const figure = (page, title) =>
        page.locator('.tile', { has: page.getByRole('heading', { name: title, exact: true }) });
    const number_of = async (page, title) => (await figure(page, title).locator('.figure').textContent()).trim();

    test('numbers · the tiles follow the server, and charts grow', async t => {
        const { server, page, other } = await set_up(t);
        await eventually(page, () => document.querySelector('.tile .number').textContent === '2');
        await mint_session(server);
        await eventually(page, () => document.querySelector('.tile .second .value').textContent === '1');
        other.close();
        await eventually(page, () => document.querySelector('.tile .number').textContent === '1');

        assert.match(await number_of(page, 'Latency'), /^\d[\d.]* (µs|ms)$/);
        assert.match(await number_of(page, 'Memory'), /^\d+\.\d MiB resident$/);
        await broadcast(server, { data: 'x'.repeat(5000) });
        // The rates of the second in which it was published.
        await eventually(page, () => [...document.querySelectorAll('.tile')].some(tile =>
            tile.querySelector('h3').textContent === 'Published' && Number.parseFloat(tile.querySelector('.number').textContent) > 0));
        await eventually(page, () => [...document.querySelectorAll('.tile .line')].every(path => (path.getAttribute('d') ?? '').split('L').length >= 3));
        assert.match(await page.locator('#uptime').textContent(), /^up \d+ s$/);
        assert.equal(await page.locator('#tiles').evaluate(tiles => tiles.classList.contains('stale')), false);
    });

    test('charts · values under the pointer, and with the arrow keys', async t => {
        const { server, page, other } = await set_up(t);
        server.at_end(() => other.close());
        await eventually(page, () => [...document.querySelectorAll('.tile .line')].every(path => (path.getAttribute('d') ?? '').split('L').length >= 3));
        const chart = page.getByRole('slider', { name: 'Sessions, the last two minutes' });
        const reading = chart.locator('.reading');
        assert.equal(await reading.textContent(), '');
        const { width } = await chart.boundingBox();
        await chart.hover({ position: { x: width - 1, y: 30 } });
        assert.match(await reading.textContent(), /^\d\d:\d\d:\d\d {2}\d connected · 0 buffered$/);
        await page.mouse.move(0, 0);
        assert.equal(await reading.textContent(), '');

        await chart.focus();
        const newest = await chart.getAttribute('aria-valuetext');
        assert.equal(await reading.textContent(), newest);
        await page.keyboard.press('ArrowLeft');
        assert.equal(await chart.getAttribute('aria-valuenow'), '-1');
        assert.match(await chart.getAttribute('aria-valuetext'), /^\d\d:\d\d:\d\d {2}\d connected · 0 buffered$/);
        await page.keyboard.press('Home');
        assert.match(await chart.getAttribute('aria-valuenow'), /^-[1-9]/);
        await page.keyboard.press('End');
        assert.equal(await chart.getAttribute('aria-valuenow'), '0');
        await chart.blur();
        assert.equal(await reading.textContent(), '');
    });

    test('the version is that of the binary', async t => {
        const { page } = await set_up(t);
        const said = execFileSync(process.env.SLUICE_BINARY, ['--version'], { encoding: 'utf8' });
        const [version] = /\d+\.\d+\.\d+/.exec(said);
        assert.equal(await page.locator('#version').textContent(), version);
    });

    test('live view · events appear by themselves, newest first, whole once they are unfolded', async t => {
        const { server, page } = await set_up(t);
        const long = `first line\n${'long '.repeat(200)}`;
        const first = await broadcast(server, { data: 'one' });
        const second = await broadcast(server, { type: 'news', data: long });
        await event_shown(page, second);
        const shown = await events_shown(page);
        assert.deepEqual(shown.map(({ id, type, replayed }) => [id, type, replayed]), [[second, 'news', false], [first, 'message', false]]);
        assert.ok(shown[0].data.length < 250);
        await page.locator('#event-list summary').first().click();
        assert.equal(await page.locator('#event-list pre').textContent(), long);
        assert.match(await page.locator('.facts').textContent(), new RegExp(`^news · id ${second} · 1.0 KiB$`));
        assert.equal(await page.locator('#event-counts').textContent(), '2 seen');
    });

    test('live view · JSON is indented on demand, and as it was without', async t => {
        const { server, page } = await set_up(t);
        const json = '{"n":12345678901234567890,"list":[1,{}],"s":"a: {b}"}';
        await broadcast(server, { data: 'plain' });
        await event_shown(page, await broadcast(server, { data: json }));
        await page.locator('#event-list summary').nth(0).click();
        await page.locator('#event-list summary').nth(1).click();
        const indent = page.getByRole('button', { name: 'Indent JSON' });
        assert.equal(await indent.count(), 1, 'only what is JSON can be indented');
        const text = page.locator('#event-list pre').first();
        assert.equal(await text.textContent(), json);
        await indent.click();
        assert.equal(await indent.getAttribute('aria-pressed'), 'true');
        assert.equal(await text.textContent(), '{\n  "n": 12345678901234567890,\n  "list": [\n    1,\n    {}\n  ],\n  "s": "a: {b}"\n}');
        await indent.click();
        assert.equal(await text.textContent(), json);
    });

    test('live view · what is hostile is text', async t => {
        const { server, page } = await set_up(t);
        const hostile = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
        const other = await raw_stream.open(server, { headers: { 'User-Agent': hostile }, query: `?types=${encodeURIComponent(hostile)}` });
        server.at_end(() => other.close());
        const id = await broadcast(server, { type: hostile, id: `${hostile}1`, data: hostile });
        await event_shown(page, id);
        const [shown] = await events_shown(page);
        assert.deepEqual([shown.id, shown.type, shown.data], [`${hostile}1`, hostile, hostile]);
        await page.locator('#event-list summary').first().click();
        assert.equal(await page.locator('#event-list pre').textContent(), hostile);
        const row = session_row(page, other.session);
        await row.locator('button.id').click();
        assert.ok((await row.locator('.more').textContent()).includes(hostile));
        assert.equal(await row.locator('td[data-column="User agent"]').textContent(), hostile);
        assert.equal(await page.evaluate(() => window.broken), undefined);
        assert.equal(await page.locator('img, main script').count(), 0);
    });

    test('live view · every payload comes back equal through the page', async t => {
        const { server, page } = await set_up(t);
        const wanted = [];
        for (const payload of small_payloads.slice(0, 150)) {
            const { id, data } = await publish_payload(server, payload, transports_for(payload)[0]);
            wanted.unshift([id, data.replace(/\r\n|\r/g, '\n')]);
        }
        await event_shown(page, wanted[0][0]);
        const got = await page.evaluate(async () => {
            const rows = [];
            for (const details of document.querySelectorAll('#event-list details')) {
                const opened = new Promise(resolve => details.addEventListener('toggle', resolve, { once: true }));
                details.open = true;
                await opened;
                rows.push([details.querySelector('.id').textContent, details.querySelector('pre').textContent]);
            }
            return rows;
        });
        assert.deepEqual(got, wanted);
        assert.equal(await page.locator('#events-stream .state').textContent(), 'connected', 'nothing forged an end');
    });

    test('live view · the document keeps the newest only', async t => {
        const { server, page } = await set_up(t);
        for (let batch = 0; batch < 3; ++batch) {
            const lines = Array.from({ length: 100 }, (_, i) => JSON.stringify({ data: `${batch * 100 + i}` })).join('\n');
            const { json } = await post(server, '/broadcast', 'application/x-ndjson', lines);
            await event_shown(page, json.last);
        }
        const shown = await events_shown(page);
        assert.equal(await page.locator('#event-list li').count(), 200);
        assert.deepEqual([shown.at(0).data, shown.at(-1).data], ['299', '100']);
        assert.match(await page.locator('#event-counts').textContent(), /^300 seen/);
        await page.getByRole('button', { name: 'Clear' }).click();
        assert.equal(await page.locator('#event-list li').count(), 0);
        assert.equal(await page.locator('#event-counts').textContent(), '0 seen');
    });

    test('flood · all is counted, what is drawn is bounded, and the newest is among it', async t => {
        const { server, page } = await set_up(t);
        const drawn = await page.evaluateHandle(() => {
            const counts = { rows: 0, updates: 0, since: performance.now(), until: 0 };
            new MutationObserver(changes => {
                const added = changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0);
                counts.rows += added;
                counts.updates += added > 0;
                counts.until = performance.now();
            }).observe(document.getElementById('event-list'), { childList: true });
            return counts;
        });
        let last;
        let published = 0;
        while ((await drawn.evaluate(counts => counts.updates)) < 8) {
            const lines = Array.from({ length: 100 }, () => JSON.stringify({ data: `${published++}` })).join('\n');
            last = (await post(server, '/broadcast', 'application/x-ndjson', lines)).json.last;
        }
        await event_shown(page, last);
        const { rows, updates, since, until } = await drawn.jsonValue();
        const seconds = (until - since) / 1000;
        assert.ok(rows <= 400 + 40 * seconds + 1, `${rows} rows in ${seconds} s`);
        assert.ok(updates <= 4 * seconds + 2, `${updates} updates in ${seconds} s`);
        const [all, passed] = [published, published - rows].map(count => new Intl.NumberFormat('en').format(count));
        await eventually(page, wanted => document.getElementById('event-counts').textContent === wanted, `${all} seen · ${passed} passed too quickly to be shown`);
    });

    test('pause · nothing is fetched; afterwards what came is shown, and what is missing told', async t => {
        const { server, page } = await set_up(t, ['--buffer-size', '100']);
        const before_pause = await broadcast(server, { data: 'before' });
        await event_shown(page, before_pause);
        // Until the numbers know of it: a second's, and those that were under way.
        for (let i = 0; i < 2; ++i) {
            const uptime = await page.locator('#uptime').textContent();
            await eventually(page, before => document.getElementById('uptime').textContent !== before, uptime);
        }
        const requests = [];
        page.on('request', request => requests.push(new URL(request.url()).pathname));
        const pause = page.getByRole('button', { name: 'Pause' });
        await pause.click();
        assert.equal(await pause.getAttribute('aria-pressed'), 'true');
        await stream_state(page, 'events', 'paused');
        await wait_for_streams(server, 1);
        const lines = Array.from({ length: 253 }, (_, i) => JSON.stringify({ data: `flood ${i}` })).join('\n');
        await post(server, '/broadcast', 'application/x-ndjson', lines);
        await eventually(page, () => document.getElementById('event-waiting').textContent === 'paused · about 253 published since');
        assert.deepEqual((await events_shown(page)).map(({ data }) => data), ['before']);
        assert.equal(await page.locator('#event-counts').textContent(), '1 seen');
        assert.ok(!requests.includes('/events'), 'no stream of events while it is paused');
        assert.equal(await page.evaluate(() => document.getAnimations().filter(each => each instanceof CSSAnimation).length), 0, 'nothing moves');
        await wait_for_streams(server, 1);

        await pause.click();
        await eventually(page, () => document.querySelectorAll('#event-list li').length === 101);
        const shown = await events_shown(page);
        assert.deepEqual([shown[0].data, shown[99].data, shown[100].data], ['flood 252', 'flood 153', 'before']);
        assert.equal(await page.locator('#event-waiting').textContent(), '');
        assert.equal(await page.locator('#event-counts').textContent(), '101 seen · 153 missed while paused');
        assert.equal(await losses(page), 'replayed 100 · lost 0', 'a pause is no loss');
        const last = await broadcast(server, { data: 'after' });
        await event_shown(page, last);
    });

    test('filter · by parts of types, also of what is shown already', async t => {
        const { server, page } = await set_up(t);
        await broadcast(server, { type: 'news', data: '1' });
        const second = await broadcast(server, { type: 'price', data: '2' });
        await event_shown(page, second);
        await page.locator('#event-filter').fill('NEW, alert');
        const types = async () => (await events_shown(page)).map(({ type, data }) => `${type} ${data}`);
        assert.deepEqual(await types(), ['news 1']);
        await broadcast(server, { type: 'price', data: '3' });
        const fourth = await broadcast(server, { type: 'alert', data: '4' });
        await event_shown(page, fourth);
        assert.deepEqual(await types(), ['alert 4', 'news 1']);
        assert.equal(await page.locator('#event-counts').textContent(), '4 seen · 1 filtered out');
        await page.locator('#event-filter').fill('');
        assert.deepEqual(await types(), ['alert 4', 'price 2', 'news 1']);
    });

    const answer = page => eventually(page, () => {
        const text = document.getElementById('publish-answer').textContent;
        return text !== '' && text !== 'Publishing…' && text;
    });

    test('publish · to all, and the answer says to how many', async t => {
        const { page, other } = await set_up(t);
        await page.locator('#publish-type').fill('news');
        await page.locator('#publish-data').fill('two\nlines');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        const [, id] = /^Published as (\S+) to 2 connected streams\.$/.exec(await answer(page));
        const event = await other.until(({ event: type }) => type === 'news');
        assert.deepEqual([event.data, event.id], ['two\nlines', id]);
        await event_shown(page, id);
    });

    test('publish · to sessions ticked in the table and to one that nobody knows', async t => {
        const { server, page, other } = await set_up(t);
        const second = await raw_stream.open(server);
        server.at_end(() => second.close());
        await session_row(page, other.session).getByRole('checkbox').check();
        assert.ok(await page.getByLabel('Chosen sessions').isChecked());
        assert.equal(await page.getByLabel('Session ids').inputValue(), other.session);
        const unknown = '0'.repeat(32);
        await page.getByLabel('Session ids').fill(`${other.session}, ${unknown}`);
        await page.locator('#publish-data').fill('for one');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        const [, id] = new RegExp(`^Published as (\\S+) to 1 session\\. Unknown: ${unknown}$`).exec(await answer(page));
        assert.equal((await other.until(({ data }) => data === 'for one')).id, id);
        // What is broadcast later has come, and the other's event has not.
        await broadcast(server, { data: 'for all' });
        await second.until(({ data }) => data === 'for all');
        assert.ok(!second.reader.events.some(({ data }) => data === 'for one'));

        await page.getByLabel('Session ids').fill('');
        assert.equal(await session_row(page, other.session).getByRole('checkbox').isChecked(), false);
    });

    test('publish · the problem is shown as the server puts it', async t => {
        const noise = [/^Failed to load resource: .* status of 40[04] /];
        const { page } = await set_up(t, [], { noise });
        await page.locator('#publish-type').fill('a,b');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        assert.match(await answer(page), /^Not published: .*comma.* \(400 Bad Request\)$/);
        await page.locator('#publish-type').fill('');
        await page.getByLabel('Chosen sessions').check();
        await page.getByLabel('Session ids').fill('nobody');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        await eventually(page, () => /\(404 Not Found\)$/.test(document.getElementById('publish-answer').textContent));
        await page.locator('#publish-data').fill('another');
        assert.equal(await page.locator('#publish-answer').textContent(), '', 'what was wrong before is not wrong with this');
    });

    test('without test endpoints · the form says so, the rest works', async t => {
        const { page, other } = await set_up(t, ['--no-test-endpoints'], { noise: [network_noise.not_found] });
        await page.locator('#publish-unavailable').waitFor({ state: 'visible' });
        assert.ok(await page.getByRole('button', { name: 'Publish', exact: true }).isDisabled());
        const row = session_row(page, other.session);
        await row.waitFor();
        await eventually(page, () => [...document.querySelectorAll('.actions button:first-child')].every(button => button.disabled));
        assert.ok(await row.getByRole('button', { name: /^Forget/ }).isEnabled());
        assert.notEqual(await own_session(page), other.session);
    });
});
