// A page with the browser's own EventSource: live events, drops, reloads, two tabs, the server's end.
// `cross origin` pages talk to the server itself; `same origin` ones through the server that the page comes from.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connections, heard, open_tab, share_browser, shutdowns } from './browser.mjs';
import { start_page_server } from './page.mjs';
import { received_data, small_payloads } from './payloads.mjs';
import { broadcast, drop_connection, mint_session, post, wait_for_streams } from './publish.mjs';
import { publish_payload, transports_for } from './published.mjs';
import { start_server } from './server.mjs';

const origins = { 'cross origin': true, 'same origin': false };

/** Broadcasts `count` events named by `label`, and resolves with what a page must hear of them. */
async function publish_run(server, label, count) {
    const run = [];
    for (let i = 0; i < count; ++i) {
        const data = `${label} ${i}`;
        run.push({ type: 'message', data, id: await broadcast(server, { data }) });
    }
    return run;
}

describe('browser', () => {
    let context;
    share_browser(started => (context = started));

    /** A page server and a sluice that allows its pages; both end with the test, as do the cookies. */
    async function set_up(t, options = []) {
        await context.clearCookies();
        const pages = await start_page_server(t);
        pages.stream_server = await start_server(t, ['--cors-origin', pages.origin, '--retry', '100ms', ...options]);
        return { pages, server: pages.stream_server };
    }

    for (const [origin, cross_origin] of Object.entries(origins)) {
        test(`${origin} · live events arrive, by their types`, async t => {
            const { pages, server } = await set_up(t);
            const tab = await open_tab(t, context, pages.address({ cross_origin, types: ['news', 'two words'] }));
            const [connected] = await connections(tab, 1);
            assert.equal(connected.resumed, false);

            const wanted = [];
            for (const type of ['message', 'news', 'not listened to', 'two words', 'message']) {
                const event = { type, data: `a line\nand another of ${type}` };
                event.id = await broadcast(server, event);
                if (type !== 'not listened to') wanted.push(event);
            }
            assert.deepEqual(await heard(tab, wanted.length), wanted);
        });

        test(`${origin} · a dropped page comes back by itself and has every event once`, async t => {
            const { pages, server } = await set_up(t);
            const tab = await open_tab(t, context, pages.address({ cross_origin }));
            const [{ sessionId }] = await connections(tab, 1);
            const wanted = await publish_run(server, 'before', 5);
            await heard(tab, wanted.length);

            for (let drop = 1; drop <= 3; ++drop) {
                const let_back = cross_origin ? () => {} : pages.stream_gate.shut();
                // These may reach the page or die with its connection; either way it must hear them once.
                wanted.push(...(await publish_run(server, `just before drop ${drop}`, 5)));
                await drop_connection(server, sessionId);
                wanted.push(...(await publish_run(server, `away ${drop}`, 5)));
                let_back();
                const connected = (await connections(tab, drop + 1)).at(-1);
                wanted.push(...(await publish_run(server, `after ${drop}`, 5)));

                assert.deepEqual(await heard(tab, wanted.length), wanted);
                assert.equal(connected.sessionId, sessionId);
                assert.equal(connected.resumed, true);
                assert.equal(connected.reconnections, drop);
                assert.equal(connected.dropped, 0);
                // The gate held the page off until all of these were published.
                if (!cross_origin) assert.ok(connected.replay >= 5, `replay is ${connected.replay}`);
            }
        });

        test(`${origin} · a reloaded page resumes by its cookie`, async t => {
            const { pages, server } = await set_up(t);
            const tab = await open_tab(t, context, pages.address({ cross_origin }));
            const [{ sessionId }] = await connections(tab, 1);
            const cookie = (await context.cookies(server.url)).find(({ name }) => name === 'sse-session-id');
            assert.equal(cookie?.value, sessionId);
            assert.equal(cookie.httpOnly, true);
            assert.equal(cookie.sameSite, 'Strict');
            const wanted = await publish_run(server, 'before', 5);
            await heard(tab, wanted.length);

            const let_load = pages.script_gate.shut();
            const reloaded = tab.reload();
            await wait_for_streams(server, 0);
            wanted.push(...(await publish_run(server, 'between', 7)));
            let_load();
            await reloaded;
            const connected = (await connections(tab, 2)).at(-1);
            wanted.push(...(await publish_run(server, 'after', 5)));

            assert.deepEqual(await heard(tab, wanted.length), wanted);
            assert.equal(connected.sessionId, sessionId);
            assert.equal(connected.resumed, true);
            assert.equal(connected.replay, 7);
            assert.equal(connected.dropped, 0);
        });
    }

    test('reload under a running publisher: a page that keeps its position has every event once', async t => {
        // However long a reload takes, what is published meanwhile must fit.
        const { pages, server } = await set_up(t, ['--buffer-size', '20000']);
        const tab = await open_tab(t, context, pages.address({ keep_position: true }));
        const [{ sessionId }] = await connections(tab, 1);
        let publishing = true;
        const published = (async () => {
            const all = [];
            while (publishing) {
                all.push(...(await publish_run(server, `event ${all.length}`, 1)));
                await pause(2); // paces the publisher, so that the page need not keep a flood; nothing waits for it
            }
            return all;
        })();
        try {
            for (let reload = 1; reload <= 3; ++reload) {
                await heard(tab, reload * 50);
                await tab.reload();
                const connected = (await connections(tab, reload + 1)).at(-1);
                assert.deepEqual([connected.sessionId, connected.resumed, connected.dropped], [sessionId, true, 0]);
            }
        } finally {
            publishing = false;
        }
        const wanted = await published;
        assert.deepEqual(await heard(tab, wanted.length), wanted);
    });

    test('two tabs that share a cookie each have their own session', async t => {
        const { pages, server } = await set_up(t);
        const sessions = [await mint_session(server), await mint_session(server)];
        const tabs = [];
        for (const session of sessions) tabs.push(await open_tab(t, context, pages.address({ session })));
        const wanted = [[], []];
        for (const i of [0, 1]) {
            const [connected] = await connections(tabs[i], 1);
            assert.deepEqual([connected.sessionId, connected.resumed, connected.reconnections], [sessions[i], false, 0]);
        }
        const to_both = async label => {
            const run = await publish_run(server, label, 5);
            wanted.forEach(list => list.push(...run));
        };
        const to_one = async (i, label) => {
            const body = JSON.stringify({ sessions: [sessions[i]], data: label });
            const answer = await post(server, '/send', 'application/json', body);
            assert.equal(answer.status, 200, answer.text);
            assert.deepEqual(answer.json.unknown, []);
            wanted[i].push({ type: 'message', data: label, id: answer.json.id });
        };

        await to_both('first');
        await to_one(0, 'for tab 0');
        await to_one(1, 'for tab 1');
        await to_both('second');
        await drop_connection(server, sessions[0]);
        await to_one(0, 'for tab 0 while away');
        await to_both('while tab 0 is away');
        const connected = (await connections(tabs[0], 2)).at(-1);
        assert.deepEqual([connected.sessionId, connected.resumed], [sessions[0], true]);
        await to_one(1, 'for tab 1 at last');
        await to_both('last');
        for (const i of [0, 1]) assert.deepEqual(await heard(tabs[i], wanted[i].length), wanted[i], `tab ${i}`);
        assert.equal((await connections(tabs[1], 1)).length, 1, 'the other tab was left alone');
    });

    test("the browser's own parser gives every payload back", async t => {
        const { pages, server } = await set_up(t);
        const types = [...new Set(small_payloads.map(({ type }) => type).filter(type => type && type !== 'message'))];
        const tab = await open_tab(t, context, pages.address({ types: [...types, 'forged'] }));
        await connections(tab, 1);
        const wanted = [];
        for (const payload of small_payloads) {
            const { id, type, data } = await publish_payload(server, payload, transports_for(payload)[0]);
            wanted.push({ type: type || 'message', data: received_data(data), id });
        }
        assert.deepEqual(await heard(tab, wanted.length), wanted);
        assert.equal((await connections(tab, 1)).length, 1, 'no payload forged a connected event or an end');
        assert.deepEqual(await tab.evaluate(() => window.shutdowns), []);
    });

    test('SIGTERM: the page sees shutdown, the server ends well', async t => {
        const { pages, server } = await set_up(t);
        const tab = await open_tab(t, context, pages.address({}));
        await connections(tab, 1);
        const [last] = await publish_run(server, 'last', 1);
        await heard(tab, 1);
        server.signal('SIGTERM');
        const [shutdown, ...more] = await shutdowns(tab);
        assert.deepEqual(more, []);
        // retry is 100 ms, spread over the 5 s of --drain-spread's default.
        const { retry } = JSON.parse(shutdown.data);
        assert.ok(Number.isInteger(retry) && retry >= 100 && retry <= 5100, shutdown.data);
        assert.equal(shutdown.id, last.id, 'shutdown leaves the last event id as it was');
        await server.stop();
        assert.deepEqual(await heard(tab, 1), [last]);
    });
});
