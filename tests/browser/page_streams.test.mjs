// The server's page: how its own streams come back, and what it says of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { share_browser } from './browser.mjs';
import { event_shown, events_shown, eventually, in_reverse, losses, network_noise, open_hub_page, own_session, stream_state } from './hub_page.mjs';
import { broadcast, drop_connection, request, wait_for_streams } from './publish.mjs';
import { start_server } from './server.mjs';
import { raw_stream } from './stream.mjs';

describe('page/streams', () => {
    let context;
    share_browser(started => (context = started));

    const connect_now = page => page.getByRole('button', { name: 'Events stream: connect now' }).click();

    test('dropped · it comes back by itself with all that it missed', async t => {
        const scope = in_reverse(t);
        const server = await start_server(scope, ['--retry', '100ms']);
        const page = await open_hub_page(scope, context, server);
        const session = await own_session(page);
        for (let drop = 1; drop <= 3; ++drop) {
            await drop_connection(server, session);
            const id = await broadcast(server, { data: `after drop ${drop}` });
            await event_shown(page, id);
        }
        assert.deepEqual((await events_shown(page)).map(({ data }) => data), ['after drop 3', 'after drop 2', 'after drop 1']);
        assert.equal(await own_session(page), session);
        assert.match(await losses(page), /lost 0$/);
    });

    test('dropped · it says that it waits, and what was replayed and lost', async t => {
        // Only the button ends this wait.
        const scope = in_reverse(t);
        const server = await start_server(scope, ['--retry', '10m', '--buffer-size', '4']);
        const page = await open_hub_page(scope, context, server);
        const seen = await broadcast(server, { data: 'seen' });
        await event_shown(page, seen);
        const session = await own_session(page);

        await drop_connection(server, session);
        await stream_state(page, 'events', 'waiting');
        assert.match(await page.locator('#events-stream .state').textContent(), /^the server ended the stream; next try in 1[0-2] m \d\d s$/);
        for (let i = 0; i < 3; ++i) await broadcast(server, { data: `missed ${i}` });
        await connect_now(page);
        await stream_state(page, 'events', 'connected');
        assert.equal(await losses(page), 'replayed 3 · lost 0');
        await eventually(page, () => document.querySelectorAll('#event-list li').length === 4);
        assert.deepEqual((await events_shown(page)).map(({ data, replayed }) => [data, replayed]),
            [['missed 2', true], ['missed 1', true], ['missed 0', true], ['seen', false]]);

        await drop_connection(server, session);
        await stream_state(page, 'events', 'waiting');
        for (let i = 0; i < 10; ++i) await broadcast(server, { data: `many ${i}` });
        await connect_now(page);
        await stream_state(page, 'events', 'connected');
        assert.equal(await losses(page), 'replayed 7 · lost 6');
        assert.equal(await own_session(page), session);
    });

    test('forgotten · a new session goes on from the same place', async t => {
        const scope = in_reverse(t);
        const server = await start_server(scope, ['--retry', '10m']);
        const page = await open_hub_page(scope, context, server);
        const session = await own_session(page);
        assert.equal((await request(server, 'DELETE', `/sessions/${session}`)).status, 204);
        await stream_state(page, 'events', 'waiting');
        const id = await broadcast(server, { data: 'between' });
        await connect_now(page);
        await event_shown(page, id);
        assert.equal(await own_session(page), session);
        assert.equal(await losses(page), 'replayed 1 · lost 0');
    });

    test('drained and restarted · it says so, comes back by itself, and owns up to what it cannot count', async t => {
        const options = ['--retry', '200ms', '--drain-spread', '0'];
        const scope = in_reverse(t);
        const server = await start_server(scope, options);
        const page = await open_hub_page(scope, context, server, { noise: [network_noise.gone] });
        await stream_state(page, 'numbers', 'connected');
        const states = await page.evaluateHandle(() => {
            const seen = { events: [], numbers: [] };
            for (const name of Object.keys(seen)) {
                const element = document.getElementById(`${name}-stream`);
                new MutationObserver(() => seen[name].push(element.dataset.state)).observe(element, { attributeFilter: ['data-state'] });
            }
            return seen;
        });
        await broadcast(server, { data: 'before' });
        await server.stop();
        await eventually(page, () => document.getElementById('tiles').classList.contains('stale'));
        await stream_state(page, 'events', 'waiting');
        await stream_state(page, 'numbers', 'waiting');
        await eventually(page, () => document.getElementById('sessions-problem').textContent.startsWith('The server cannot be reached'));

        const next = await start_server(scope, options, `127.0.0.1:${server.port}`);
        await stream_state(page, 'events', 'connected');
        await stream_state(page, 'numbers', 'connected');
        await eventually(page, () => !document.getElementById('tiles').classList.contains('stale'));
        const seen = await states.jsonValue();
        for (const name of ['events', 'numbers']) {
            assert.equal(seen[name][0], 'draining', `${name}: ${seen[name]}`);
            assert.ok(seen[name].includes('waiting'), `${name}: ${seen[name]}`);
            assert.equal(seen[name].at(-1), 'connected', `${name}: ${seen[name]}`);
        }
        assert.equal(await losses(page), 'replayed 0 · lost uncounted');
        const id = await broadcast(next, { data: 'after' });
        await event_shown(page, id);
        await eventually(page, () => document.getElementById('sessions-problem').textContent === '');
    });

    test("the operators' listener · the page says what is not at its address, and shows the rest", async t => {
        const scope = in_reverse(t);
        const server = await start_server(scope, ['--operations-listen', '127.0.0.1:0']);
        const page = await open_hub_page(scope, context, { ...server, url: server.operations_url }, {
            noise: [network_noise.not_found],
            connects: false,
        });
        await stream_state(page, 'events', 'stopped');
        assert.equal(await page.locator('#events-stream .state').textContent(), 'stopped: the server has none at this address');
        assert.equal(await page.locator('#event-empty').textContent(), 'No stream of events: the server has none at this address.');
        await stream_state(page, 'numbers', 'connected');
        await page.locator('#publish-unavailable').waitFor();
        await eventually(page, () => document.getElementById('sessions-empty').textContent === 'There is no session.');
    });

    test('cookies · the page neither takes a session by one nor leaves one', async t => {
        const scope = in_reverse(t);
        const server = await start_server(scope, ['--retry', '100ms']);
        const other = await raw_stream.open(server);
        server.at_end(() => other.close());
        await context.addCookies([{ name: 'sse-session-id', value: other.session, url: server.url }]);
        scope.after(() => context.clearCookies());
        const pages = [await open_hub_page(scope, context, server), await open_hub_page(scope, context, server)];
        const sessions = new Set([other.session, ...(await Promise.all(pages.map(own_session)))]);
        assert.equal(sessions.size, 3);
        await wait_for_streams(server, 3);
        const [cookie, ...more] = await context.cookies(server.url);
        assert.deepEqual([cookie.value, more], [other.session, []]);
    });
});
