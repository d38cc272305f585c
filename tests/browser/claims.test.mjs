// What a browser claims, and how its streams outlive what would end an EventSource for good.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import net from 'node:net';
import { connections, heard, open_tab, share_browser } from './browser.mjs';
import { start_page_server } from './page.mjs';
import { broadcast, post, wait_for_streams } from './publish.mjs';
import { start_server } from './server.mjs';

async function publish_run(server, label, count, type = 'message') {
    const run = [];
    for (let i = 0; i < count; ++i) {
        const event = { type, data: `${label} ${i}` };
        run.push({ ...event, id: await broadcast(server, event) });
    }
    return run;
}

describe('claims', () => {
    let context;
    share_browser(started => (context = started));

    async function set_up(t, options = []) {
        await context.clearCookies();
        const pages = await start_page_server(t);
        pages.stream_server = await start_server(t, ['--cors-origin', pages.origin, '--retry', '100ms', ...options]);
        return { pages, server: pages.stream_server };
    }

    test('two tabs with one cookie each get every event at once, and nobody loses the stream', async t => {
        const { pages, server } = await set_up(t);
        const first = await open_tab(t, context, pages.address({}));
        await connections(first, 1);
        const second = await open_tab(t, context, pages.address({}));
        await connections(second, 1);
        const wanted = [];
        for (let i = 0; i < 20; ++i) {
            wanted.push(...(await publish_run(server, `both ${i}`, 1)));
            // Each before the next one is published: none is late by a reconnection.
            for (const tab of [first, second]) assert.deepEqual(await heard(tab, wanted.length), wanted);
        }
        const [one] = await connections(first, 1);
        const [other] = await connections(second, 1);
        assert.notEqual(one.sessionId, other.sessionId);
        assert.equal(other.resumed, false);
        for (const tab of [first, second]) assert.equal((await connections(tab, 1)).length, 1, 'no stream was taken over');
        const cookie = (await context.cookies(server.url)).find(({ name }) => name === 'sse-session-id');
        assert.equal(cookie.value, one.sessionId, 'the session that is known keeps the cookie');
    });

    test('a tab that asks for types does not filter the other one, nor a later page', async t => {
        const { pages, server } = await set_up(t);
        const filtered = await open_tab(t, context, pages.address({ query: 'types=news', types: ['news'] }));
        await connections(filtered, 1);
        const all = await open_tab(t, context, pages.address({ types: ['news'] }));
        await connections(all, 1);
        const wanted = [...(await publish_run(server, 'a', 3)), ...(await publish_run(server, 'n', 3, 'news'))];
        assert.deepEqual(await heard(all, wanted.length), wanted);
        assert.deepEqual(await heard(filtered, 3), wanted.slice(3));
        await filtered.close();
        await all.close();
        await wait_for_streams(server, 0);
        const later = await open_tab(t, context, pages.address({ types: ['news'] }));
        assert.equal((await connections(later, 1))[0].resumed, false);
        const more = [...(await publish_run(server, 'b', 2)), ...(await publish_run(server, 'm', 2, 'news'))];
        assert.deepEqual(await heard(later, more.length), more);
    });

    test('a page that names its session in the address comes back under its id after a restart', async t => {
        const session = 'd'.repeat(32);
        const { pages, server } = await set_up(t);
        const tab = await open_tab(t, context, pages.address({ session }));
        assert.equal((await connections(tab, 1))[0].sessionId, session);
        await server.stop();
        const options = ['--cors-origin', pages.origin, '--retry', '100ms'];
        const again = await start_server(t, options, `127.0.0.1:${server.port}`);
        const back = (await connections(tab, 2)).at(-1);
        assert.deepEqual([back.sessionId, back.resumed], [session, false]);
        const id = await broadcast(again, { data: 'after' });
        assert.equal((await heard(tab, 1)).at(-1).id, id);
        assert.equal((await context.cookies(server.url)).length, 0, 'an address that names its session sets no cookie');
    });

    test('a changed user agent still gets a stream', async t => {
        const { pages, server } = await set_up(t);
        const tab = await open_tab(t, context, pages.address({}));
        const [{ sessionId }] = await connections(tab, 1);
        const devtools = await context.newCDPSession(tab);
        await devtools.send('Network.setUserAgentOverride', { userAgent: 'Another/1.0 (Mobile)' });
        await tab.reload();
        const second = (await connections(tab, 2)).at(-1);
        assert.notEqual(second.sessionId, sessionId);
        const id = await broadcast(server, { data: 'still here' });
        assert.equal((await heard(tab, 1)).at(-1).id, id);
        assert.equal(await tab.evaluate(() => window.source.readyState), 1);
    });

    test('an EventSource outlives a server that is full, with its last id', async t => {
        const { pages, server } = await set_up(t, ['--max-connections', '1', '--drain-spread', '0']);
        const tab = await open_tab(t, context, pages.address({}));
        const [{ sessionId }] = await connections(tab, 1);
        const [before] = await publish_run(server, 'before', 1);
        await heard(tab, 1);
        await tab.evaluate(() => {
            window.busy = [];
            window.source.addEventListener('server-busy', event => window.busy.push({ data: event.data, id: event.lastEventId }));
        });
        // While the page is away another client takes the one place that there is, on the connection that waits for it.
        const taker = net.connect(server.port, '127.0.0.1');
        t.after(() => taker.destroy());
        await post(server, `/disconnect?session=${sessionId}`, 'application/x-www-form-urlencoded', '');
        taker.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
        await tab.waitForFunction(() => window.busy.length >= 2, undefined, { polling: 20 });
        const [busy] = await tab.evaluate(() => window.busy);
        assert.deepEqual(JSON.parse(busy.data), { reason: 'max_connections', retry: 100 });
        assert.equal(busy.id, before.id, 'it leaves the last event id as it was');
        const missed = await publish_run(server, 'missed', 3);
        taker.destroy();
        const connected = (await connections(tab, 2)).at(-1);
        assert.equal(connected.dropped, 0);
        assert.deepEqual(await heard(tab, 4), [before, ...missed]);
    });

    test('an id that a browser could not send back is refused at publishing, and none ends a stream', async t => {
        const { pages, server } = await set_up(t);
        for (const id of ['a\u0001b', 'a\u007f', '\u001f']) {
            assert.equal((await post(server, '/broadcast', 'application/json', JSON.stringify({ id, data: 'x' }))).status, 400);
        }
        const tab = await open_tab(t, context, pages.address({}));
        await connections(tab, 1);
        for (const id of ['é€ 1', 'a%zz', '"', '%00', 'x'.repeat(256)]) {
            assert.equal(await broadcast(server, { id, data: id }), id);
            const before = (await connections(tab, 1)).length;
            const { sessionId } = (await connections(tab, before)).at(-1);
            await tab.waitForFunction(wanted => window.heard.at(-1)?.id === wanted, id, { polling: 20 });
            await post(server, `/disconnect?session=${sessionId}`, 'application/x-www-form-urlencoded', '');
            assert.equal((await connections(tab, before + 1)).at(-1).dropped, 0, `after ${id}`);
        }
    });

    test('a last id with control characters, of whatever server, does not end the stream', async t => {
        const { pages, server } = await set_up(t);
        // What stood at this address before gave out such an id.
        let visits = 0;
        pages.stream_gate.pass = async () => {};
        const old = net.createServer(socket => {
            socket.on('error', () => {});
            socket.once('data', () => {
                ++visits;
                socket.end(
                    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nAccess-Control-Allow-Origin: ${pages.origin}\r\n` +
                        'Access-Control-Allow-Credentials: true\r\nConnection: close\r\n\r\nretry: 100\nid: a\u0001b\u007f\ndata: old\n\n');
            });
        });
        await server.stop();
        await new Promise(resolve => old.listen(server.port, '127.0.0.1', resolve));
        const tab = await open_tab(t, context, pages.address({}));
        await heard(tab, 1);
        await new Promise(resolve => old.close(resolve));
        assert.ok(visits >= 1);
        const again = await start_server(t, ['--cors-origin', pages.origin, '--retry', '100ms'], `127.0.0.1:${server.port}`);
        await connections(tab, 1);
        const id = await broadcast(again, { data: 'new' });
        await tab.waitForFunction(wanted => window.heard.at(-1)?.id === wanted, id, { polling: 20 });
    });
});
