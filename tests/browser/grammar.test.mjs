// The stream's format, WHATWG HTML section "Server-sent events": what is published comes back equal through parsers
// that know nothing of the server, and the bytes themselves are those that are promised.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { parsed_event, payloads, received_data, small_payloads, wire_block } from './payloads.mjs';
import { post } from './publish.mjs';
import { marker_type, publish_marker, publish_payload, settle, transports_for } from './published.mjs';
import { start_server, within } from './server.mjs';
import { raw_stream, read_byte_by_byte } from './stream.mjs';

const options = ['--heartbeat-interval', '0'];
const byte_by_byte_limit = 64 * 1024;

function assert_nothing_strange(reader) {
    assert.deepEqual(reader.errors, [], 'lines that are no field');
    assert.deepEqual(reader.comments, [], 'comments');
}

/** deepEqual for bytes that may be a megabyte: says where they differ and shows no more than that. */
function assert_same_bytes(actual, expected) {
    if (actual.equals(expected)) return;
    let at = 0;
    while (at < actual.length && actual[at] === expected[at]) ++at;
    const near = bytes => JSON.stringify(bytes.subarray(Math.max(0, at - 40), at + 40).toString('latin1'));
    assert.fail(`${actual.length} bytes for ${expected.length}, differ at ${at}: ${near(actual)} for ${near(expected)}`);
}

test('grammar · every payload comes back equal', async t => {
    const server = await start_server(t, options);
    const stream = await raw_stream.open(server);
    server.at_end(() => stream.close());

    for (const payload of payloads) {
        for (const transport of transports_for(payload)) {
            await t.test(`${payload.name} · ${transport}`, async () => {
                const first_event = stream.reader.events.length;
                const first_byte = stream.bytes().length;
                const expected = [await publish_payload(server, payload, transport)];
                expected.push(await settle(server, stream, first_event));

                const bytes = stream.bytes().subarray(first_byte);
                assert_same_bytes(bytes, Buffer.concat(expected.map(wire_block)));
                const events = stream.reader.events.slice(first_event);
                assert.deepEqual(events, expected.map(parsed_event));
                assert_nothing_strange(stream.reader);
                if (bytes.length > byte_by_byte_limit) return;
                const again = read_byte_by_byte(bytes);
                assert.deepEqual(again.events, events);
                assert_nothing_strange(again);
            });
        }
    }

    await t.test('the whole body has LF line ends alone', () => {
        assert.equal(stream.bytes().includes('\r'), false);
    });
    await t.test('retry is set once, by the block that opens the stream', () => {
        assert.deepEqual(stream.reader.retries, [3000]);
    });
    await t.test('ids grow', () => {
        const ids = stream.reader.events.map(event => event.id ?? '').filter(id => /^\d+-\d+$/.test(id));
        assert.ok(ids.length > payloads.length);
        const positions = ids.map(id => id.split('-').map(BigInt));
        for (let i = 1; i < ids.length; ++i) {
            const [[hi, lo], [next_hi, next_lo]] = [positions[i - 1], positions[i]];
            assert.ok(next_hi > hi || (next_hi === hi && next_lo > lo), `${ids[i]} after ${ids[i - 1]}`);
        }
    });
});

test('grammar · the stream opens with connected, which carries retry and id', async t => {
    const server = await start_server(t, [...options, '--retry', '1500ms']);
    const stream = await raw_stream.open(server);
    server.at_end(() => stream.close());
    assert.match(stream.bytes().toString('utf8'), /^retry: 1500\nid: \d+-0\nevent: connected\ndata: [^\n]*\n\n$/);
    assert.match(stream.connected.handle, /^[0-9a-f]{12}$/);
    assert.deepEqual(stream.connected, {
        sessionId: stream.session,
        handle: stream.connected.handle,
        reconnection: true,
        bufferSize: 1000,
        resumed: false,
        reconnections: 0,
        replay: 0,
        dropped: 0,
    });
});

test('grammar · a batch of payloads comes back equal and in order', async t => {
    const server = await start_server(t, options);
    const stream = await raw_stream.open(server);
    server.at_end(() => stream.close());
    const batch = small_payloads.filter(payload => payload.json === undefined);
    const lines = batch.map(({ data, type, id }) => JSON.stringify({ data, type, id }));
    const first_byte = stream.bytes().length;

    const answer = await post(server, '/broadcast', 'application/x-ndjson', `${lines.join('\n')}\n`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.count, batch.length);
    const marker = await settle(server, stream, 1);

    const events = stream.reader.events.slice(1);
    assert.equal(events[0].id, answer.json.first);
    assert.equal(events.at(-2).id, answer.json.last);
    // The ids that the server gave are known from the stream alone; all else is as published.
    const expected = [...batch.map(({ data, type, id }, i) => ({ data, type, id: id || events[i].id })), marker];
    assert.deepEqual(events, expected.map(parsed_event));
    assert_same_bytes(stream.bytes().subarray(first_byte), Buffer.concat(expected.map(wire_block)));
    assert_nothing_strange(stream.reader);
});

test('grammar · the heartbeat is an event with an id, or a bare comment', async t => {
    for (const style of ['event', 'comment']) {
        await t.test(style, async t => {
            const server = await start_server(t, ['--heartbeat-interval', '50ms', '--heartbeat-style', style]);
            const stream = await raw_stream.open(server);
            server.at_end(() => stream.close());
            const is_beat = event => event.event === 'heartbeat';
            await stream.until_true(({ events, comments }) => (style === 'event' ? events.some(is_beat) : comments.length > 1));
            await settle(server, stream);
            const text = stream.bytes().toString('utf8');
            assert.deepEqual(stream.reader.errors, []);
            if (style === 'comment') {
                assert.match(text, /\n\n:\n:\n/);
                assert.doesNotMatch(text, /(^|\n)(:[^\n]*\n)+\n/, 'no comment is a block of its own');
                assert.ok(stream.reader.comments.every(comment => comment === ''));
                assert.equal(stream.reader.events.some(is_beat), false);
                return;
            }
            // Nothing was published before it: its id is the place before the first event.
            const [, id] = /\n\nid: (\d+-0)\nevent: heartbeat\ndata: \{"timestamp":\d+\}\n\n/.exec(text) ?? [];
            assert.equal(id, stream.reader.events.find(is_beat).id);
            assert.ok(id, text);
            assert.deepEqual(stream.reader.comments, []);
        });
    }
});

test("grammar · npm's eventsource client gets every payload", async t => {
    const server = await start_server(t, options);
    const source = new EventSource(`${server.url}/events`);
    server.at_end(() => source.close());
    const heard = [];
    // The marker may be heard before its publisher has the answer.
    const done = new Promise((resolve, reject) => {
        const hear = ({ type, data, lastEventId }) => {
            heard.push({ type, data, lastEventId });
            if (type === marker_type) resolve();
        };
        const names = new Set(small_payloads.map(payload => payload.type || 'message'));
        for (const name of [...names, marker_type, 'forged', 'shutdown', 'heartbeat']) source.addEventListener(name, hear);
        source.addEventListener('error', error => reject(new Error(`${error.code} ${error.message}`)));
    });
    await within(10_000, new Promise(resolve => source.addEventListener('connected', resolve, { once: true })), 'connected');

    const expected = [];
    for (const payload of small_payloads) expected.push(await publish_payload(server, payload, transports_for(payload)[0]));
    expected.push(await publish_marker(server));
    await within(20_000, done, 'marker');
    const as_heard = ({ id, type, data }) => ({ type: type || 'message', data: received_data(data), lastEventId: id });
    assert.deepEqual(heard, expected.map(as_heard));
});
