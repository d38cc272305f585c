// The page's modules by themselves: its parser, its stream's way back, and what makes numbers readable.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createParser } from 'eventsource-parser';
import { clip_path, line_path, quantile, scale_top, value_to_fit } from '../../source/server/web/charts.mjs';
import { bounded_list, passes } from '../../source/server/web/events.mjs';
import { as_byte_rate, as_bytes, as_count, as_duration, as_microseconds, as_rate, in_words } from '../../source/server/web/format.mjs';
import { indented_json } from '../../source/server/web/json.mjs';
import { event_parser } from '../../source/server/web/parser.mjs';
import { session_ids } from '../../source/server/web/publish.mjs';
import { figures_of, missing_seconds } from '../../source/server/web/rates.mjs';
import { row_budget } from '../../source/server/web/row_budget.mjs';
import { fetch_sessions, found, sorted } from '../../source/server/web/session_list.mjs';
import { back_off, event_stream, header_value } from '../../source/server/web/stream.mjs';
import { losses_in_words, state_in_words } from '../../source/server/web/stream_status.mjs';
import { fetch_streams, merged_topics, topic_rates } from '../../source/server/web/topic_list.mjs';
import { small_payloads, wire_block } from './payloads.mjs';

/** What the parser makes of the pieces. */
function parse(...pieces) {
    const [events, retries] = [[], []];
    const parser = new event_parser({ on_event: event => events.push(event), on_retry: ms => retries.push(ms) });
    for (const piece of pieces) parser.feed(piece);
    return { events, retries, last_event_id: parser.last_event_id };
}

describe('page/parser', () => {
    const table = [
        ['one line of data', 'data: a\n\n', [['message', 'a', '']]],
        ['several lines of data are joined', 'data: a\ndata\ndata: b\n\n', [['message', 'a\n\nb', '']]],
        ['empty data is an event', 'data\n\n', [['message', '', '']]],
        ['no data is none', 'event: x\n\ndata: a\n\n', [['message', 'a', '']]],
        ['one space after the colon goes', 'data:  a\nevent:x\n\n', [['x', ' a', '']]],
        ['LF, CR and CR LF all end a line', 'data: a\rdata: b\r\ndata: c\n\r\n', [['message', 'a\nb\nc', '']]],
        ['an id stays for the events after it', 'id: 1\ndata: a\n\ndata: b\n\n', [['message', 'a', '1'], ['message', 'b', '1']]],
        ['an empty id resets it', 'id: 1\ndata: a\n\nid\ndata: b\n\n', [['message', 'a', '1'], ['message', 'b', '']]],
        ['an id with NUL is ignored', 'id: 1\n\nid: a\0b\ndata: a\n\n', [['message', 'a', '1']]],
        ['unknown fields and comments are ignored', ':x\nfoo: a\ndat: b\ndata: c\n\n', [['message', 'c', '']]],
        ['what no empty line ends is no event', 'data: a\n\nid: 9\ndata: b\n', [['message', 'a', '']]],
        ['an event type does not outlive its block', 'event: x\ndata: a\n\ndata: b\n\n', [['x', 'a', ''], ['message', 'b', '']]],
    ];
    for (const [name, text, expected] of table) {
        test(name, () => {
            const shape = ({ events }) => events.map(({ type, data, id }) => [type, data, id]);
            assert.deepEqual(shape(parse(text)), expected);
            assert.deepEqual(shape(parse(...text)), expected, 'character by character');
            for (let at = 0; at <= text.length; ++at) assert.deepEqual(shape(parse(text.slice(0, at), '', text.slice(at))), expected, `split at ${at}`);
        });
    }

    test('the last id counts once its block is over, data or not', () => {
        assert.equal(parse('retry: 5\nid: 7-0\n\n').last_event_id, '7-0');
        assert.equal(parse('id: 7-0\n\nid: 7-1\ndata: a\n').last_event_id, '7-0');
    });

    test('only digits are a reconnection time', () => {
        assert.deepEqual(parse('retry: 100\nretry: 1x\nretry: -1\nretry\nretry:\nretry: 7\n\n').retries, [100, 7]);
    });

    test("a block's comment comes with its event, and with no other", () => {
        const { events } = parse(': replayed 2026\ndata: a\n\ndata: b\n\n');
        assert.deepEqual(events.map(({ comment }) => comment), ['replayed 2026', '']);
    });

    test("it agrees with npm's eventsource-parser on every payload", () => {
        const wire = small_payloads.map(({ type, data }, i) => wire_block({ id: `1-${i}`, type, data }).toString('utf8')).join('');
        const others = [];
        createParser({ onEvent: ({ event = 'message', data, id }) => others.push({ type: event, data, id }) }).feed(wire);
        const ours = parse(...wire.match(/[^]{1,7}/g)).events.map(({ type, data, id }) => ({ type, data, id }));
        assert.ok(ours.length === small_payloads.length);
        assert.deepEqual(ours, others);
    });
});

/** An answer of a stream with this text, which then ends, or breaks off. */
function stream_answer(text, { status = 200, headers = {}, breaks = false } = {}) {
    const body = new ReadableStream({
        start(control) {
            control.enqueue(new TextEncoder().encode(text));
            if (!breaks) control.close();
        },
        pull(control) {
            if (breaks) control.error(new TypeError('network error'));
        },
    });
    return new Response(status === 204 ? null : body, { status, headers: { 'Content-Type': 'text/event-stream', ...headers } });
}

const connected = (fields = {}) =>
    `event: connected\ndata: ${JSON.stringify({ sessionId: 's1', replay: 0, dropped: 0, ...fields })}\n\n`;

/** Runs a stream on these answers (functions throw as the network does) until it stops; the last must stop it. */
async function run_stream(...answers) {
    const seen = { requests: [], waits: [], states: [], reasons: [], events: [] };
    await new Promise((resolve, reject) => {
        const stream = new event_stream({
            address: '/events',
            get: async (address, { headers }) => {
                seen.requests.push(headers);
                const answer = answers.shift();
                return typeof answer === 'function' ? answer() : answer;
            },
            sleep: async ms => void seen.waits.push(ms),
            on_event: event => seen.events.push(event),
            on_change: ({ state, reason }) => {
                seen.reasons.push(reason);
                if (seen.states.at(-1) !== state) seen.states.push(state);
                if (state === 'stopped') resolve();
            },
        });
        seen.stream = stream;
        stream.run().catch(reject);
    });
    return seen;
}

const stop = () => stream_answer('', { status: 204 });

describe('page/stream', () => {
    test('it resumes its session from the last event', async () => {
        const first = stream_answer(`retry: 100\nid: 5-0\n${connected()}id: 5-1\ndata: a\n\n`, { headers: { 'X-SSE-Session-ID': 's1' } });
        const { requests, states, stream } = await run_stream(first, stop());
        assert.deepEqual(requests, [
            { Accept: 'text/event-stream' },
            { Accept: 'text/event-stream', 'X-SSE-Session-ID': 's1', 'Last-Event-ID': '5-1' },
        ]);
        assert.deepEqual(states, ['connected', 'waiting', 'resuming', 'stopped']);
        assert.match(stream.reason, /204/);
    });

    test('what broke off within an event is not counted as had', async () => {
        const first = stream_answer(`${connected()}id: 5-1\ndata: a\n\nid: 5-2\ndata: b\n`, { breaks: true });
        const { requests, events } = await run_stream(first, stop());
        assert.equal(requests[1]['Last-Event-ID'], '5-1');
        assert.deepEqual(events.map(({ data }) => data), ['a']);
    });

    test('an id that is no ASCII goes back as the bytes of its UTF-8', async () => {
        const { requests } = await run_stream(stream_answer(`${connected()}id: é€\ndata: a\n\n`), stop());
        assert.equal(requests[1]['Last-Event-ID'], '\xc3\xa9\xe2\x82\xac');
        assert.equal(header_value('plain'), 'plain');
    });

    test('replays and losses add up; one that cannot be counted is remembered', async () => {
        const { stream, events } = await run_stream(
            stream_answer(connected()),
            stream_answer(`${connected({ replay: 1, dropped: 7 })}event: replay-start\ndata: {"count":1}\n\n: replayed 2026-01-01T00:00:00.000Z\nid: 1-8\ndata: a\n\nevent: replay-end\ndata: {}\n\nid: 1-9\ndata: b\n\n`),
            stream_answer(connected({ replay: 2, dropped: null })),
            stop(),
        );
        assert.deepEqual([stream.replayed, stream.lost, stream.lost_uncounted, stream.reconnections], [3, 7, true, 2]);
        assert.deepEqual(events.map(({ data, replayed }) => [data, replayed]), [['a', true], ['b', false]]);
    });

    test('it waits for what `retry` says, longer with each failure, and as at first once it was connected', async () => {
        const fail = () => { throw new TypeError('network error'); };
        const { waits } = await run_stream(stream_answer(`retry: 100\n${connected()}`), fail, fail, stream_answer(connected()), stop());
        const bases = [100, 200, 400, 100];
        assert.equal(waits.length, bases.length);
        waits.forEach((wait, i) => assert.ok(wait >= bases[i] && wait <= bases[i] * 1.25, `wait ${i} is ${wait}`));
    });

    test('a drain is told, and its time is kept', async () => {
        const { states, waits } = await run_stream(
            stream_answer(`${connected()}retry: 4211\nevent: shutdown\ndata: {"retry":4211}\n\n`), stop());
        assert.deepEqual(states, ['connected', 'draining', 'resuming', 'stopped']);
        assert.ok(waits[0] >= 4211 && waits[0] <= 4211 * 1.25);
    });

    test('refusals · which end it, and which are for now', async () => {
        const problem = (status, detail, headers = {}) => new Response(JSON.stringify({ detail, status }), {
            status, headers: { 'Content-Type': 'application/problem+json', ...headers },
        });
        const busy = await run_stream(problem(503, 'full', { 'Retry-After': '40' }), problem(502, 'gone'), stop());
        assert.ok(busy.waits[0] >= 40_000, 'Retry-After counts');
        const refused = await run_stream(problem(406, 'the stream is text/event-stream'));
        assert.equal(refused.stream.reason, 'the stream is text/event-stream (406)');
        const page = await run_stream(new Response('<p>', { headers: { 'Content-Type': 'text/html' } }));
        assert.equal(page.stream.state, 'stopped');
    });

    test('a claim that is refused is given up, the place is not', async () => {
        const forbidden = new Response('{}', { status: 403, headers: { 'Content-Type': 'application/problem+json' } });
        const { requests } = await run_stream(stream_answer(`${connected()}id: 5-1\ndata: a\n\n`), forbidden, stop());
        assert.equal(requests[1]['X-SSE-Session-ID'], 's1');
        assert.deepEqual(requests[2], { Accept: 'text/event-stream', 'Last-Event-ID': '5-1' });
    });

    test('a stream that is never silent is dead when it is', async () => {
        let asked = 0;
        const stream = new event_stream({
            address: '/', silence_ms: 10, sleep: async () => {}, on_event: () => {},
            get: async (_, { signal }) => {
                if (++asked > 1) return stop();
                const body = new ReadableStream({
                    start: control => signal.addEventListener('abort', () => control.error(signal.reason)),
                });
                return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
            },
            on_change: ({ state }) => state === 'stopped' && ended(),
        });
        let ended;
        const stopped = new Promise(resolve => (ended = resolve));
        stream.run();
        await stopped;
        assert.equal(asked, 2);
    });

    test('a pause · ends the connection, asks for nothing, and then resumes; what is lost by it counts apart', async () => {
        const answers = [];
        const requests = [];
        const missed = [];
        let changed = () => {};
        const stream = new event_stream({
            address: '/', sleep: () => assert.fail('a pause is no failure to wait after'), on_event: () => {}, on_missed: count => missed.push(count),
            get: async (_, { headers, signal }) => {
                requests.push(headers);
                if (answers.length === 0) return stop();
                const text = answers.shift();
                return new Response(new ReadableStream({
                    start: control => {
                        control.enqueue(new TextEncoder().encode(text));
                        signal.addEventListener('abort', () => control.error(signal.reason));
                    },
                }), { headers: { 'Content-Type': 'text/event-stream', 'X-SSE-Session-ID': 's1' } });
            },
            on_change: () => changed(),
        });
        const reaches = state => new Promise(resolve => {
            changed = () => stream.state === state && resolve();
            changed();
        });
        answers.push(`${connected()}id: 5-1\ndata: a\n\n`);
        stream.run();
        await reaches('connected');
        await new Promise(setImmediate);
        stream.paused = true;
        await reaches('paused');
        assert.equal(requests.length, 1);
        answers.push(connected({ dropped: 7 }));
        stream.paused = false;
        await reaches('connected');
        assert.deepEqual(requests[1], { Accept: 'text/event-stream', 'X-SSE-Session-ID': 's1', 'Last-Event-ID': '5-1' });
        assert.deepEqual([missed, stream.lost, stream.lost_uncounted], [[7], 0, false]);
        stream.paused = true;
        stream.paused = false;
        await reaches('stopped');
        assert.equal(requests.length, 3, 'on again before it was off');
    });

    test('a server that is full says so within a stream: the session and the place stay right', async () => {
        const busy = stream_answer('retry: 100\nevent: server-busy\ndata: {"reason":"max_connections","retry":100}\n\n');
        const first = stream_answer(`${connected()}id: 5-1\ndata: a\n\n`, { headers: { 'X-SSE-Session-ID': 's1' } });
        const { requests, reasons, events, stream } = await run_stream(first, busy, stop());
        assert.ok(reasons.includes('the server takes no more streams now (max_connections)'), reasons.join('; '));
        assert.deepEqual(requests[2], { Accept: 'text/event-stream', 'X-SSE-Session-ID': 's1', 'Last-Event-ID': '5-1' });
        assert.deepEqual(events.map(({ data }) => data), ['a']);
        assert.equal(stream.reconnections, 0);
    });

    test('back-off · doubles, is bounded, and is spread by a quarter', () => {
        assert.equal(back_off(1000, 0, () => 0), 1000);
        assert.equal(back_off(1000, 3, () => 0), 8000);
        assert.equal(back_off(1000, 3, () => 1), 10_000);
        assert.equal(back_off(1000, 60, () => 0), 30_000);
        assert.equal(back_off(60_000, 5, () => 0), 60_000);
    });

    test('its state in words', () => {
        const now = 1_000_000;
        assert.equal(state_in_words({ state: 'connected' }), 'connected');
        assert.equal(state_in_words({ state: 'waiting', reason: 'no connection', next_attempt: now + 2100 }, now), 'no connection; next try in 3 s');
        assert.equal(state_in_words({ state: 'draining', next_attempt: 0 }, now), 'the server drains');
        assert.equal(state_in_words({ state: 'stopped', reason: 'because' }), 'stopped: because');
        assert.equal(losses_in_words({ replayed: 3, lost: 0, lost_uncounted: false }), 'replayed 3 · lost 0');
        assert.equal(losses_in_words({ replayed: 3, lost: 0, lost_uncounted: true }), 'replayed 3 · lost uncounted');
        assert.equal(losses_in_words({ replayed: 3, lost: 2, lost_uncounted: true }), 'replayed 3 · lost 2 and more');
    });
});

describe('page/figures', () => {
    const stats = fields => ({ time: 1000, uptime_seconds: 10, active_clients: 3, buffered_sessions: 1, events_published: 5, events_delivered: 50, bytes_delivered: 500, cpu_seconds: 1, latency_us: 80, memory_bytes: 9, ...fields });

    test('rates are of the time that passed', () => {
        const now = stats({ time: 3000, uptime_seconds: 12, events_published: 25, events_delivered: 90, bytes_delivered: 2500, cpu_seconds: 2 });
        assert.deepEqual(figures_of(now, stats({})), {
            connected: 3, buffered: 1, published: 10, delivered: 20, bytes: 1000, cpu: 0.5, latency_us: 80, memory_bytes: 9,
        });
    });

    test('rates are unknown at first and across a restart', () => {
        assert.equal(figures_of(stats({}), undefined).published, null);
        assert.equal(figures_of(stats({ time: 2000, uptime_seconds: 1 }), stats({})).bytes, null);
    });

    test('numbers for people', () => {
        const words = format => value => in_words(format(value));
        assert.deepEqual([0, 1234567, null].map(words(as_count)), ['0', '1,234,567', '–']);
        assert.deepEqual([0, 16.84, 999.9, 999.99, 1_250_000].map(words(as_rate)), ['0 /s', '16.8 /s', '999.9 /s', '1.0 k/s', '1.3 M/s']);
        assert.deepEqual([0, 1023, 1024, 33_554_432].map(words(as_bytes)), ['0 B', '1.0 KiB', '1.0 KiB', '32.0 MiB']);
        assert.deepEqual([5120].map(words(as_byte_rate)), ['5.0 KiB/s']);
        assert.deepEqual([84, 1200, 3_000_000].map(words(as_microseconds)), ['84 µs', '1.2 ms', '3.0 s']);
        assert.deepEqual([-5, 3000, 125_000, 4_320_000, 356_400_000].map(as_duration), ['0 s', '3 s', '2 m 05 s', '1 h 12 m', '4 d 03 h']);
    });

    test('charts · a scale that is easily read, and gaps where nothing is known', () => {
        assert.deepEqual([0, 1, 3, 10, 11, 200, 201, 1000, 1001].map(value => scale_top(value)), [1, 1, 5, 10, 20, 200, 500, 1000, 2000]);
        const mebibyte = 1 << 20;
        assert.deepEqual([31 * mebibyte, 600 * mebibyte, 3000].map(value => scale_top(value, 1024)), [50 * mebibyte, 1000 * mebibyte, 5 * 1024]);
        assert.equal(line_path([0, 5, null, 10], 10), 'M116 40.00L117 20.00M119 0.00');
        assert.equal(line_path([null, null], 1), '');
    });

    test('charts · one spike is clipped and marked, what lasts or is new is not', () => {
        const calm = Array.from({ length: 60 }, (_, i) => 100 + (i % 7));
        assert.equal(value_to_fit(calm), 106);
        const spiked = calm.with(30, 9000);
        assert.equal(value_to_fit(spiked), 106);
        assert.equal(clip_path(spiked, 200), 'M90 -4V3');
        assert.match(line_path(spiked, 200), /L90 0\.00L/);
        assert.equal(value_to_fit([...calm, 9000]), 9000, 'the newest is no spike yet');
        assert.equal(value_to_fit([...calm, ...Array(10).fill(9000), 100, 100, 100]), 9000, 'ten seconds are no spike');
        assert.equal(value_to_fit([...Array(60).fill(0), 500, ...Array(20).fill(0)]), 500, 'there is nothing else to see');
        assert.equal(value_to_fit([null, null]), 0);
    });

    test('charts · a quantile is a value that was there', () => {
        const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
        assert.deepEqual([0, 0.5, 0.95, 1].map(share => quantile(hundred, share)), [1, 50, 95, 100]);
        assert.deepEqual([quantile([null, 3], 0.95), quantile([null], 0.5)], [3, null]);
    });

    test('charts · seconds without numbers are there too, two minutes at most', () => {
        assert.deepEqual(missing_seconds(undefined, 9000), []);
        assert.deepEqual(missing_seconds(8000, 9100), []);
        assert.deepEqual(missing_seconds(5000, 9000), [6000, 7000, 8000]);
        assert.equal(missing_seconds(0, 1e9).length, 120);
        assert.deepEqual(missing_seconds(9000, 5000), []);
    });

    test('indented JSON · a member a line, values as they were written', () => {
        assert.equal(indented_json('{"a":1e400,"b":[],"a":"x\\"}"}'), '{\n  "a": 1e400,\n  "b": [],\n  "a": "x\\"}"\n}');
        assert.equal(indented_json(' [ true , [ null ] ] '), '[\n  true,\n  [\n    null\n  ]\n]');
        for (const other of ['', '12', '"text"', '{', '{a:1}', 'plain', '[1] [2]']) assert.equal(indented_json(other), undefined, other);
        const deep = 5000;
        assert.ok(indented_json('['.repeat(deep) + ']'.repeat(deep)).length < deep * 200, 'depth costs what it shows');
    });

    test('the live view · a burst is drawn whole, of a flood so much a second', () => {
        const budget = new row_budget();
        assert.equal(budget.take(300, 0), 300);
        assert.equal(budget.take(300, 0), 100);
        assert.equal(budget.take(300, 250), 10);
        assert.equal(budget.take(2, 500), 2);
        assert.equal(budget.take(1000, 60_000), 400);
    });

    test('sessions · found by words, and sorted', () => {
        const session = (id, fields) => ({ id, active: true, created: '2026-01-01T00:00:00Z', lastSeen: '2026-01-01T00:00:00Z', lag: 0, buffered: 0, address: '', userAgent: '', types: [], ...fields });
        const all = [
            session('b', { lag: 5, created: '2026-01-03T00:00:00Z', userAgent: 'Curl/8', handle: 'f00' }),
            session('a', { lag: 40, active: false, types: ['news'], subject: 'ann' }),
            session('c', { lag: 5, created: '2026-01-02T00:00:00Z', address: '10.0.0.7' }),
        ];
        const ids = list => list.map(({ id }) => id).join('');
        assert.deepEqual(['', 'curl', 'news ann', 'away', 'connected 10.0', 'f00', 'curl news'].map(text => ids(found(all, text))), ['bac', 'b', 'a', 'a', 'c', 'b', '']);
        const by = (column, descending) => ids(sorted(all, { column, descending }));
        assert.deepEqual([by('Session', false), by('Session', true)], ['abc', 'cba']);
        assert.deepEqual([by('Lag', true), by('Lag', false)], ['abc', 'bca'], 'equal ones by id');
        assert.deepEqual([by('Age', true), by('Age', false)], ['acb', 'bca']);
        assert.deepEqual([by('State', false), by('State', true)], ['abc', 'bca']);
        assert.equal(ids(all), 'bac', 'the list itself is left alone');
    });

    test('sessions · fetched by pages, and no more than can be looked through', async () => {
        const asked = [];
        const server = pages => async address => {
            asked.push(address);
            const page = asked.length;
            return Response.json({ sessions: Array.from({ length: 1000 }, (_, i) => ({ id: `${page}-${i}` })), next: page < pages ? `after${page}` : null });
        };
        const whole = await fetch_sessions(server(2));
        assert.deepEqual([whole.sessions.length, whole.is_whole], [2000, true]);
        assert.deepEqual(asked.splice(0), ['sessions?grant=true&limit=1000', 'sessions?grant=true&limit=1000&after=after1']);
        const many = await fetch_sessions(server(100));
        assert.deepEqual([many.sessions.length, many.is_whole, asked.length], [5000, false, 5]);
        const refused = await fetch_sessions(async () => new Response('', { status: 503 }));
        assert.equal(refused.refusal.status, 503);
    });

    test('the live view · what is kept is bounded by number and by size', () => {
        const list = new bounded_list();
        let gone = 0;
        for (let i = 0; i < 250; ++i) gone += list.push({ data: 'x' }).length;
        assert.deepEqual([list.entries.length, gone], [200, 50]);
        const large = new bounded_list();
        for (let i = 0; i < 12; ++i) large.push({ data: 'x'.repeat(1 << 20), i });
        assert.deepEqual(large.entries.map(({ i }) => i), [4, 5, 6, 7, 8, 9, 10, 11]);
        assert.equal(large.take().length, 8);
        assert.deepEqual(large.push({ data: 'x'.repeat(1 << 20) }), [], 'it counts anew once it is empty');
    });

    test('the type filter · parts of types, separated by commas', () => {
        assert.ok(passes('', 'news'));
        assert.ok(passes(' , ', 'news'));
        assert.ok(passes('alert, NEW', 'news'));
        assert.ok(!passes('alert', 'news'));
    });

    test('session ids · separated by whatever, each once', () => {
        assert.deepEqual(session_ids(' a,b\nb;c  a '), ['a', 'b', 'c']);
        assert.deepEqual(session_ids(' \n'), []);
    });
});

describe('page/topics by themselves', () => {
    test('rates · of a page that is full, as long as it covers; of another, the whole span', () => {
        const since = Date.parse('2026-01-01T00:00:00.000Z');
        const events = [{ topics: ['a'], time: '2026-01-01T00:00:00.500Z' }, { topics: ['a', 'b'], time: '2026-01-01T00:00:02.000Z' }, { topics: [], time: '2026-01-01T00:00:02.000Z' }];
        assert.deepEqual([...topic_rates({ events, next: null }, since)], [['a', 0.2], ['b', 0.1]]);
        assert.deepEqual([...topic_rates({ events, next: '1-3' }, since)], [['a', 1], ['b', 0.5]]);
        assert.deepEqual([...topic_rates({ events: [], next: null }, since)], []);
    });

    test('the busiest come first, then those with most streams, then by name', () => {
        const all = merged_topics(new Map([['c', 1], ['b', 1], ['d', 2], ['a', 0]]), new Map([['z', 3], ['a', 1]]));
        assert.deepEqual(all.map(({ topic, streams, rate }) => [topic, streams, rate]), [['z', 0, 3], ['a', 0, 1], ['d', 2, 0], ['b', 1, 0], ['c', 1, 0]]);
    });

    test('streams come in pages', async () => {
        const asked = [];
        const pages = [{ topics: [{ topic: 'a b', streams: 2 }], next: 'a b' }, { topics: [{ topic: 'c', streams: 1 }] }];
        const got = await fetch_streams(async address => (asked.push(address), { ok: true, json: async () => pages[asked.length - 1] }));
        assert.deepEqual(asked, ['presence?topic_pattern=*&limit=1000', 'presence?topic_pattern=*&limit=1000&after=a%20b']);
        assert.deepEqual([[...got.streams], got.is_whole], [[['a b', 2], ['c', 1]], true]);
        const refusal = { ok: false, status: 403 };
        assert.deepEqual(await fetch_streams(async () => refusal), { refusal });
    });
});
