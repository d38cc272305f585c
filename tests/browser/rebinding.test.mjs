// A page whose own name was pointed at this machine is of the server's origin to its browser. It neither reads nor
// publishes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { open_tab, share_browser } from './browser.mjs';
import { request } from './publish.mjs';
import { start_server } from './server.mjs';

/** In the tab: the statuses with which its own origin answers, and whether a stream opens there. */
async function tried() {
    const status = async (method, path) => (await fetch(path, { method })).status;
    const source = new EventSource('/events');
    const opened = await new Promise(resolve => {
        source.onopen = () => resolve(true);
        source.onerror = () => resolve(false);
    });
    source.close();
    return {
        sessions: await status('GET', '/sessions'),
        page: await status('GET', '/'),
        metrics: await status('GET', '/metrics'),
        published: await status('POST', '/broadcast?data=x'),
        opened,
    };
}

describe('rebinding', () => {
    let context;
    share_browser(browser => (context = browser), ['--host-resolver-rules=MAP foreign.example 127.0.0.1']);

    it('a foreign name that points here gets nothing, localhost everything', async t => {
        const server = await start_server(t);
        // Whatever is served under the name makes a page of this origin.
        const foreign = await open_tab(t, context, `http://foreign.example:${server.port}/healthz`);
        const refused = { sessions: 403, page: 403, metrics: 403, published: 403, opened: false };
        assert.deepEqual(await foreign.evaluate(tried), refused);
        const stats = await request(server, 'GET', '/stats');
        assert.equal(stats.json.events_published, 0);
        assert.equal(stats.json.total_sessions, 0);
        const own = await open_tab(t, context, `http://localhost:${server.port}/healthz`);
        const served = { sessions: 200, page: 200, metrics: 200, published: 200, opened: true };
        assert.deepEqual(await own.evaluate(tried), served);
    });

    it('a name that is allowed is served', async t => {
        const server = await start_server(t, ['--allowed-host', 'foreign.example']);
        const tab = await open_tab(t, context, `http://foreign.example:${server.port}/healthz`);
        const served = { sessions: 200, page: 200, metrics: 200, published: 200, opened: true };
        assert.deepEqual(await tab.evaluate(tried), served);
    });
});
