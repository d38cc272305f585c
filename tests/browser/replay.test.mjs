// Replayed events are the live ones byte for byte, but for the comment that opens each one's block.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { parsed_event, payloads, wire_block } from './payloads.mjs';
import { broadcast, drop_connection, mint_session, wait_for_streams } from './publish.mjs';
import { publish_marker, publish_payload, settle, transports_for } from './published.mjs';
import { start_server, within } from './server.mjs';
import { raw_stream } from './stream.mjs';

const options = ['--heartbeat-interval', '0', '--buffer-ttl', '5m'];
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const comment_line = /^: replayed [^\n]*\n/;

/** The blocks of `text`, each with the empty line that ends it. */
const blocks_of = text => text.split(/(?<=\n\n)/);

/** Checks that `comments` are the times of publishing: well formed, not falling, between `begin` and `end`. */
function assert_times(comments, begin, end) {
    let last = begin;
    for (const comment of comments) {
        const time = comment.replace(/^replayed /, '');
        assert.match(time, rfc3339);
        // A time in whole seconds may lie up to a second before the moment that it stands for.
        assert.ok(Date.parse(time) >= last - 1000 && Date.parse(time) <= end, `${time} in [${last}, ${end}]`);
        last = Math.max(last, Date.parse(time));
    }
}

/** Everything that `stream` has after its `connected` event, as text. */
function text_after_connected(stream) {
    const text = stream.bytes().toString('utf8');
    return text.slice(text.indexOf('\n\n', text.indexOf('event: connected\n')) + 2);
}

async function check_replay(t, server, headers, query, expected, begin) {
    const stream = await raw_stream.open(server, { headers, query });
    t.after(() => stream.close());
    const marker = await settle(server, stream);
    const blocks = blocks_of(text_after_connected(stream));
    assert.equal(blocks.length, expected.length + 3, 'replay-start, the replayed events, replay-end, the live marker');
    assert.equal(blocks[0], `event: replay-start\ndata: {"count":${expected.length}}\n\n`);
    assert.equal(blocks.at(-2), 'event: replay-end\ndata: {}\n\n');
    assert.equal(blocks.at(-1), wire_block(marker).toString('utf8'));
    for (const [i, event] of expected.entries()) {
        const block = blocks[i + 1];
        assert.match(block, comment_line);
        assert.ok(block.replace(comment_line, '') === wire_block(event).toString('utf8'), `block of ${event.name}: ${block.slice(0, 300)}`);
    }
    const replayed = stream.reader.events.slice(2, -2);
    assert.deepEqual(replayed, expected.map(parsed_event));
    assert.equal(stream.reader.comments.length, expected.length);
    assert_times(stream.reader.comments, begin, Date.now());
    assert.deepEqual(stream.reader.errors, []);
    assert.equal(stream.connected.replay, expected.length);
    assert.equal(stream.connected.dropped, 0);
    return stream;
}

test('replay · every payload byte for byte but for the comment', async t => {
    const server = await start_server(t, options);
    const first = await raw_stream.open(server);
    server.at_end(() => first.close());
    const start = /^id: (.*)$/m.exec(first.bytes().toString('utf8'))[1];
    const begin = Date.now();
    const expected = [];
    for (const payload of payloads) {
        expected.push({ name: payload.name, ...(await publish_payload(server, payload, transports_for(payload)[0])) });
    }
    const marker = { name: 'marker', ...(await settle(server, first)) };
    first.close();
    const headers = { 'X-SSE-Session-ID': first.session };

    await t.test('a resume with a last id that has seen nothing', async t => {
        const stream = await check_replay(t, server, { ...headers, 'Last-Event-ID': start }, '', [...expected, marker], begin);
        assert.equal(stream.session, first.session);
        assert.equal(stream.connected.resumed, true);
        expected.push(marker, { name: 'second marker', ...last_marker_of(stream) });
    });
    await t.test('a new session with a last id in the query', async t => {
        const stream = await check_replay(t, server, {}, `?lastEventID=${start}`, expected, begin);
        assert.notEqual(stream.session, first.session);
        assert.equal(stream.connected.resumed, false);
        expected.push({ name: 'third marker', ...last_marker_of(stream) });
    });
    await t.test("a resume after an event that has a publisher's own id", async t => {
        const own = expected.findIndex(event => event.name === 'id with a colon');
        const last_seen = { ...headers, 'Last-Event-ID': expected[own].id };
        await check_replay(t, server, last_seen, '', expected.slice(own + 1), begin);
    });
});

function last_marker_of(stream) {
    const { id, event, data } = stream.reader.events.at(-1);
    return { id, type: event, data };
}

test("replay · npm's eventsource client is dropped, comes back by itself and has every event once", async t => {
    const server = await start_server(t, [...options, '--retry', '50ms']);
    const session = await mint_session(server);
    const source = new EventSource(`${server.url}/events?session=${session}`);
    server.at_end(() => source.close());
    const heard = [];
    const connections = [];
    let look = () => {};
    source.addEventListener('message', event => (heard.push(event.data), look()));
    source.addEventListener('connected', event => (connections.push(JSON.parse(event.data)), look()));
    const until = (condition, what) => {
        const held = new Promise(resolve => {
            look = () => condition() && resolve();
            look();
        });
        return within(20_000, held, what);
    };

    await until(() => connections.length === 1, 'first connection');
    const published = [];
    for (let round = 1; round <= 3; ++round) {
        for (let i = 0; i < 20; ++i) {
            // The connection is cut in the midst of the round, whatever has reached the client by then.
            if (i === 10) await drop_connection(server, session);
            published.push(`round ${round} event ${i}`);
            await broadcast(server, { data: published.at(-1) });
        }
        await until(() => connections.length === round + 1 && heard.length >= published.length, `round ${round}`);
    }
    await wait_for_streams(server, 1);
    assert.deepEqual(heard, published);
    assert.deepEqual(connections.map(connection => connection.sessionId), Array(4).fill(session));
    assert.deepEqual(connections.map(connection => connection.resumed), [false, true, true, true]);
    assert.deepEqual(connections.map(connection => connection.reconnections), [0, 1, 2, 3]);
});
