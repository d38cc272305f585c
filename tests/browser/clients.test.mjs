// Other people's clients: what they hand on is what was published and what sluice says of itself, and never an empty message,
// on which their users' JSON.parse fails.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { createEventSource } from 'eventsource-client';
import { broadcast, drop_connection } from './publish.mjs';
import { start_server, within } from './server.mjs';
import { raw_stream } from './stream.mjs';

// It is made for browsers: it looks for fetch and the timers in `window`, and lets go of the page's visibility.
globalThis.window ??= globalThis;
globalThis.document ??= { removeEventListener: () => {} };

const deadline_ms = 20_000;

/** The messages that a client has handed on, and a wait for what they must have. */
class inbox {
    messages = [];
    #wake = () => {};

    take(type, data, id) {
        this.messages.push({ type: type || 'message', data, id });
        this.#wake();
    }

    async until(is_wanted, what) {
        const wait = async () => {
            for (;;) {
                const found = this.messages.find(is_wanted);
                if (found) return found;
                await new Promise(wake => (this.#wake = wake));
            }
        };
        return within(deadline_ms, wait(), what);
    }
}

const clients = {
    '@microsoft/fetch-event-source': (server, address, into) => {
        const abort = new AbortController();
        server.at_end(() => abort.abort());
        const running = fetchEventSource(address, {
            signal: abort.signal,
            openWhenHidden: true,
            onmessage: ({ event, data, id }) => into.take(event, data, id),
            // Its own does not come back after a stream's end.
            onclose: () => { throw new Error('the stream has ended'); },
            onerror: () => 100,
        });
        running.catch(() => {});
    },
    'eventsource-client': (server, address, into) => {
        const client = createEventSource({ url: address, onMessage: ({ event, data, id }) => into.take(event, data, id) });
        server.at_end(() => client.close());
    },
};

describe('clients', () => {
    for (const [name, open] of Object.entries(clients)) {
        for (const style of ['event', 'comment']) {
            test(`${name} · hands on no empty message, with heartbeats as ${style}`, async t => {
                const server = await start_server(t, ['--retry', '50ms', '--heartbeat-interval', '30ms', '--heartbeat-style', style]);
                const into = new inbox();
                open(server, `${server.url}/events?session=${'c'.repeat(32)}`, into);
                const connected = await into.until(({ type }) => type === 'connected', 'connected');
                assert.match(connected.id, /^\d+-0$/, 'it primes the last id');
                // Heartbeats have gone out: a comment is seen by a parser that tells of it.
                const raw = await raw_stream.open(server);
                server.at_end(() => raw.close());
                if (style === 'event') await into.until(({ type }) => type === 'heartbeat', 'a heartbeat');
                else await raw.until_true(({ comments }) => comments.length > 2);
                const wanted = [];
                for (let i = 0; i < 5; ++i) {
                    wanted.push({ type: i % 2 ? 'odd' : 'message', data: JSON.stringify({ i }) });
                    wanted.at(-1).id = await broadcast(server, wanted.at(-1));
                    await into.until(({ id }) => id === wanted.at(-1).id, `event ${i}`);
                    if (i === 2) await drop_connection(server, 'c'.repeat(32));
                }
                const again = await into.until(({ type, data }) => type === 'connected' && JSON.parse(data).resumed, 'a resume');
                assert.equal(again.id, wanted[2].id);
                for (const { data } of into.messages) assert.ok(JSON.parse(data), 'every message has data');
                const own = ['connected', 'heartbeat', 'replay-start', 'replay-end'];
                assert.deepEqual(into.messages.filter(({ type }) => !own.includes(type)), wanted);
                assert.equal(into.messages.some(({ type }) => type === 'heartbeat'), style === 'event');
            });
        }
    }
});
