// One raw stream: the body's bytes as the server sent them, and the events that the independent parser of
// npm's `eventsource-parser` sees in them.
import assert from 'node:assert/strict';
import http from 'node:http';
import { createParser } from 'eventsource-parser';
import { within } from './server.mjs';

const deadline_ms = 15_000;

/** A parser over bytes that keeps all that it is told; broken UTF-8 throws. */
export class event_reader {
    events = [];
    comments = [];
    retries = [];
    errors = [];
    #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    #parser;

    constructor() {
        this.#parser = createParser({
            onEvent: event => this.events.push(event),
            onComment: comment => this.comments.push(comment),
            onRetry: retry => this.retries.push(retry),
            onError: error => this.errors.push(`${error.type}: ${error.message}`),
        });
    }

    feed(bytes) {
        this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    }
}

/** What the parser makes of `bytes` when every byte comes in a read of its own. */
export function read_byte_by_byte(bytes) {
    const reader = new event_reader();
    for (let at = 0; at < bytes.length; ++at) reader.feed(bytes.subarray(at, at + 1));
    return reader;
}

/** An open `GET /events`. Read `bytes()` and `reader.events`; wait with `until`. */
export class raw_stream {
    #parts = [];
    #waiters = new Set();
    #request;
    #failure;
    reader = new event_reader();

    /** Opens the stream and resolves once the `connected` event is read. */
    static async open(server, { query = '', headers = {} } = {}) {
        const stream = new raw_stream();
        await within(deadline_ms, stream.#connect(`${server.url}/events${query}`, headers), 'answer to GET /events');
        const connected = await stream.until(event => event.event === 'connected');
        stream.connected = JSON.parse(connected.data);
        stream.session = stream.headers['x-sse-session-id'];
        return stream;
    }

    #connect(url, headers) {
        return new Promise((resolve, reject) => {
            this.#request = http.get(url, { agent: false, headers: { 'User-Agent': 'sluice-grammar', ...headers } });
            this.#request.on('error', error => {
                reject(error);
                this.#fail(error);
            });
            this.#request.once('response', response => {
                try {
                    assert.equal(response.statusCode, 200);
                    assert.equal(response.headers['content-type'], 'text/event-stream');
                } catch (error) {
                    return reject(error);
                }
                this.headers = response.headers;
                response.on('data', part => this.#take(part));
                response.on('error', error => this.#fail(error));
                response.once('end', () => this.#fail(new Error('the server ended the stream')));
                resolve();
            });
        });
    }

    #take(part) {
        this.#parts.push(part);
        try {
            this.reader.feed(part);
        } catch (error) {
            return this.#fail(error);
        }
        for (const look of [...this.#waiters]) look();
    }

    #fail(error) {
        this.#failure ??= error;
        for (const look of [...this.#waiters]) look();
    }

    /** All bytes of the body so far. */
    bytes() {
        this.#parts = [Buffer.concat(this.#parts)];
        return this.#parts[0];
    }

    /** Waits until `condition(reader)` holds; it is looked at with every read. */
    until_true(condition) {
        let look;
        const held = new Promise((resolve, reject) => {
            look = () => {
                if (condition(this.reader)) resolve();
                else if (this.#failure) reject(this.#failure);
            };
            this.#waiters.add(look);
            look();
        });
        return within(deadline_ms, held, `a condition on the stream (${this.reader.events.length} events)`).finally(() =>
            this.#waiters.delete(look),
        );
    }

    /** Waits for the first event from index `from` on that `matches`, and resolves with it. */
    async until(matches, from = 0) {
        let next = from;
        await this.until_true(({ events }) => {
            while (next < events.length && !matches(events[next])) ++next;
            return next < events.length;
        });
        return this.reader.events[next];
    }

    close() {
        this.#waiters.clear();
        this.#request.destroy();
    }
}
