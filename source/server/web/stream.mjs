// One of sluice's streams, over fetch: an EventSource cannot send a token, and hides events of types that it has no
// listener for.
import { event_parser } from './parser.mjs';
import { problem_of } from './problem.mjs';

const first_retry_ms = 3000;
const longest_wait_ms = 30_000;

/** How long to wait before the next attempt: the server's `retry`, doubled with each failure, and up to a quarter more. */
export function back_off(retry_ms, failures, random = Math.random) {
    const wait = Math.min(retry_ms * 2 ** failures, Math.max(retry_ms, longest_wait_ms));
    return Math.round(wait * (1 + random() / 4));
}

/** A field's value in the form that fetch takes: each byte of its UTF-8 as one character. */
export function header_value(text) {
    return String.fromCharCode(...new TextEncoder().encode(text));
}

/** Distinguishes failures of the network from those of this program. */
class connection_lost extends Error {}

function on_lost(failure) {
    throw new connection_lost(failure.name === 'AbortError' ? 'nothing came any more' : 'no connection to the server');
}

/** The time in `Retry-After` in milliseconds; 0 if there is none. */
function retry_after_ms(answer) {
    return 1000 * (Number(answer.headers.get('Retry-After')) || 0);
}

/**
 * A stream that reconnects by itself. It resumes its session from the last event's id, and stops only when the server says
 * so (204) or refuses it for good. `get(address, init)` is fetch. `on_event` gets each published event, with `replayed`
 * for those that came late. `on_change` is called whenever the public fields have changed, and `on_missed(count)` after a
 * pause for events that are not replayed (null if their number is unknown). `silence_ms`, for streams that are never
 * silent, is the time after which a silent connection counts as dead.
 */
export class event_stream {
    /** `connecting`, `connected`, `resuming`, `waiting`, `draining`, `paused` or `stopped`. */
    state = 'connecting';
    /** Why it waits or has stopped. */
    reason = '';
    /** When it tries again, in milliseconds since the epoch, while it waits or the server drains. */
    next_attempt = 0;
    session = '';
    reconnections = 0;
    /** Counted over all reconnections. Some losses cannot be counted. */
    replayed = 0;
    lost = 0;
    lost_uncounted = false;

    #options;
    #retry_ms = first_retry_ms;
    #connections = 0;
    #failures = 0;
    #last_event_id = '';
    #replaying = false;
    /** Why the server has refused this connection for now, as it said in the stream. */
    #refusal = '';
    /** The topic whose end came last. */
    #ended_topic = '';
    #paused = false;
    #was_paused = false;
    #at_once = false;
    #abort;
    #wake = () => {};

    constructor(options) {
        const nothing = () => {};
        const sleep = ms => new Promise(wake => setTimeout(wake, ms));
        this.#options = { on_change: nothing, on_missed: nothing, sleep, ...options };
    }

    /** Runs until the server ends the stream for good; `reconnect` then starts it again. */
    async run() {
        for (;;) {
            const wait = this.#paused ? undefined : await this.#connect();
            const woken = new Promise(wake => (this.#wake = wake));
            if (this.#paused || wait === undefined) {
                this.next_attempt = 0;
                if (this.#paused) this.#change('paused', '');
                else this.#change('stopped');
                await woken;
            } else if (!this.#at_once) {
                this.next_attempt = Date.now() + wait;
                this.#change(this.state === 'draining' ? 'draining' : 'waiting');
                await Promise.race([this.#options.sleep(wait), woken]);
            }
            this.#at_once = false;
            if (!this.#paused) this.#change(this.session ? 'resuming' : 'connecting');
        }
    }

    /** Asks for something else from now on. */
    set address(address) {
        this.#options.address = address;
        this.reconnect();
    }

    /** Ends the current connection or wait, and connects at once. */
    reconnect() {
        this.#at_once = true;
        this.#abort?.abort();
        this.#wake();
    }

    /** Ends the connection and makes no other until the stream is resumed, from where it was. */
    set paused(is_paused) {
        this.#paused = is_paused;
        if (is_paused) this.#was_paused = true;
        this.reconnect();
    }

    #change(state, reason = this.reason) {
        this.state = state;
        this.reason = reason;
        this.#options.on_change(this);
    }

    /** Runs one connection; resolves with the time to wait before the next one, or undefined if there is to be none. */
    async #connect() {
        const headers = { Accept: 'text/event-stream' };
        if (this.session) headers['X-SSE-Session-ID'] = this.session;
        if (this.#last_event_id) headers['Last-Event-ID'] = header_value(this.#last_event_id);
        this.#abort = new AbortController();
        try {
            const { get, address } = this.#options;
            const answer = await get(address, { headers, signal: this.#abort.signal }).catch(on_lost);
            const type = answer.headers.get('Content-Type') ?? '';
            if (answer.status !== 200 || !type.startsWith('text/event-stream')) return await this.#refused(answer);
            // A refusal within a stream names no session; the current one stays valid.
            this.session = answer.headers.get('X-SSE-Session-ID') ?? this.session;
            this.#refusal = '';
            await this.#read(answer.body);
            this.reason = this.state === 'draining' ? 'the server drains' : this.#refusal || 'the server ended the stream';
        } catch (failure) {
            if (!(failure instanceof connection_lost)) throw failure;
            this.reason = failure.message;
        }
        return back_off(this.#retry_ms, this.#failures++);
    }

    async #refused(answer) {
        if (answer.status === 204) {
            this.reason = this.#ended_topic === '' ? 'the server wants no more connections (204)' : `the topic ${this.#ended_topic} has ended`;
            return undefined;
        }
        this.reason = answer.status === 404 ? 'the server has none at this address' : await problem_of(answer);
        // The session belongs to another client now; a new one continues from the same place.
        const claim_failed = answer.status === 403 && this.session !== '';
        if (claim_failed) this.session = '';
        const for_now = claim_failed || answer.status === 429 || answer.status >= 500;
        return for_now ? Math.max(retry_after_ms(answer), back_off(this.#retry_ms, this.#failures++)) : undefined;
    }

    async #read(body) {
        const parser = new event_parser({
            last_event_id: this.#last_event_id,
            on_event: event => this.#take(event),
            on_retry: ms => (this.#retry_ms = ms),
        });
        const decoder = new TextDecoder();
        const reader = body.getReader();
        this.#replaying = false;
        for (;;) {
            const { value, done } = await this.#within_silence(reader.read()).catch(on_lost);
            if (done) return;
            parser.feed(decoder.decode(value, { stream: true }));
            this.#last_event_id = parser.last_event_id;
        }
    }

    #within_silence(piece) {
        const { silence_ms } = this.#options;
        if (silence_ms === undefined) return piece;
        const timer = setTimeout(() => this.#abort.abort(), silence_ms);
        return piece.finally(() => clearTimeout(timer));
    }

    #take(event) {
        switch (event.type) {
            case 'connected':
                return this.#on_connected(JSON.parse(event.data));
            case 'replay-start':
            case 'replay-end':
                this.#replaying = event.type === 'replay-start';
                return;
            case 'shutdown':
                return this.#change('draining', 'the server drains');
            case 'topic-end':
                this.#ended_topic = JSON.parse(event.data).topic;
                return;
            case 'server-busy':
                this.#refusal = `the server takes no more streams now (${JSON.parse(event.data).reason})`;
                return;
            case 'buffer-overflow': // `connected` told the loss
            case 'no-buffer':
            case 'heartbeat':
                return;
            default:
                this.#options.on_event({ ...event, replayed: this.#replaying });
        }
    }

    #on_connected({ sessionId, replay, dropped }) {
        if (sessionId) this.session = sessionId;
        if (this.#connections++ > 0) this.reconnections++;
        this.#failures = 0;
        this.replayed += replay ?? 0;
        if (this.#was_paused) {
            this.#options.on_missed(dropped);
        } else {
            this.lost += dropped ?? 0;
            this.lost_uncounted ||= dropped === null;
        }
        this.#was_paused = false;
        this.#change('connected', '');
    }
}
