// What could not be told apart on the wire, or breaks a limit, is refused at publish; nothing of it reaches a stream.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mebibyte, parsed_event } from './payloads.mjs';
import { post, request, transports } from './publish.mjs';
import { settle } from './published.mjs';
import { start_server } from './server.mjs';
import { raw_stream } from './stream.mjs';

const json = body => server => post(server, '/broadcast', 'application/json', body);
const form = body => server => post(server, '/broadcast', 'application/x-www-form-urlencoded', body);
const query = text => server => request(server, 'POST', `/broadcast?${text}`);
const ndjson = body => server => post(server, '/broadcast', 'application/x-ndjson', body);

/** One row per transport for fields that are well written but not allowed. */
function* each_transport(name, fields, status = 400) {
    for (const transport of ['json', 'form', ...(status === 400 ? ['query'] : [])]) {
        yield { name: `${name} · ${transport}`, send: server => transports[transport](server, fields), status };
    }
}

function* refused_fields() {
    const control_events = ['connected', 'buffer-overflow', 'replay-start', 'replay-end', 'no-buffer', 'heartbeat', 'shutdown'];
    const bad_types = {
        'LF': 'a\nb', 'CR': 'a\rb', 'CR LF': 'a\r\ndata: forged', 'NUL': 'a\0b', 'a comma': 'a,b', 'LF at the end': 'a\n',
        '257 bytes': 'x'.repeat(257), '258 bytes in 129 characters': 'é'.repeat(129),
    };
    for (const [what, type] of Object.entries(bad_types)) yield* each_transport(`type with ${what}`, { type, data: 'refused' });
    for (const type of control_events) yield* each_transport(`type ${type}`, { type, data: '{}' });
    const bad_ids = {
        'LF': 'a\nb', 'CR': 'a\rdata: forged', 'NUL': 'a\0', 'LF at the end': 'a\n', '257 bytes': 'x'.repeat(257),
        'the form of a position': '1-2', 'the form of position 0-0': '0-0',
        'the form of the last position': '18446744073709551615-18446744073709551615',
        'a leading space': ' a', 'a trailing space': 'a ', 'a leading tab': '\ta', 'a trailing tab': 'a\t', 'a space alone': ' ',
    };
    for (const [what, id] of Object.entries(bad_ids)) yield* each_transport(`id with ${what}`, { id, data: 'refused' });
    yield* each_transport('data of a megabyte and one byte', { data: 'x'.repeat(mebibyte + 1) }, 413);
    yield* each_transport('data of a megabyte and one byte in wide characters', { data: `${'é'.repeat(mebibyte / 2)}x` }, 413);
    yield* each_transport('an unknown field', { data: 'refused', dada: 'x' });
}

const bytes = (...parts) => Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

const refused_bodies = [
    { name: 'JSON cut short', send: json('{"data":"refused"') },
    { name: 'JSON with more behind it', send: json('{"data":"refused"} {}') },
    { name: 'JSON that is an array', send: json('["refused"]') },
    { name: 'JSON that is a string', send: json('"refused"') },
    { name: 'JSON with a bare line feed in a string', send: json('{"data":"refus\ned"}') },
    { name: 'JSON with a type that is no string', send: json('{"type":5,"data":"refused"}') },
    { name: 'JSON with a field twice', send: json('{"data":"refused","data":"twice"}'), names: 'data' },
    { name: 'JSON with an unpaired high surrogate', send: json('{"data":"refused \\ud800"}') },
    { name: 'JSON with an unpaired low surrogate', send: json('{"data":"refused \\udc00 x"}') },
    { name: 'JSON with surrogates the wrong way round', send: json('{"data":"refused \\udc00\\ud800"}') },
    { name: 'JSON with a lone continuation byte', send: json(bytes('{"data":"refused ', [0x80], '"}')) },
    { name: 'JSON with an overlong line feed', send: json(bytes('{"data":"refused ', [0xc0, 0x8a], '"}')) },
    { name: 'JSON with a surrogate in UTF-8', send: json(bytes('{"data":"refused ', [0xed, 0xa0, 0x80], '"}')) },
    { name: 'JSON with a code point beyond Unicode', send: json(bytes('{"data":"refused ', [0xf4, 0x90, 0x80, 0x80], '"}')) },
    { name: 'JSON with bad UTF-8 in data that is no string', send: json(bytes('{"data":["refused ', [0xff], '"]}')) },
    { name: 'form with a field twice', send: form('data=refused&data=twice'), names: 'data' },
    { name: 'form with a percent sign alone', send: form('data=refused%') },
    { name: 'form with half an escape', send: form('data=refused%0') },
    { name: 'form with an escape that is not hexadecimal', send: form('data=refused%0g') },
    { name: 'form with an overlong line feed', send: form('data=refused%C0%8A') },
    { name: 'form with a surrogate in UTF-8', send: form('data=refused%ED%A0%80') },
    { name: 'form with bad UTF-8 in the type', send: form('type=%FF&data=refused') },
    { name: 'query with a field twice', send: query('data=refused&data=twice'), names: 'data' },
    { name: 'query with half an escape', send: query('data=refused%0') },
    { name: 'query with bad UTF-8', send: query('data=refused%FF') },
    { name: 'a field by both body and query', send: server => post(server, '/broadcast?type=a', 'application/json', '{"type":"a","data":"refused"}'), names: 'type' },
    { name: 'an unknown field beside good ones is named', send: json('{"data":"refused","dada":1}'), names: 'dada' },
    { name: 'batch whose third line is cut short', send: ndjson('{"data":"refused"}\n{"data":"refused"}\n{"data":\n{"data":"refused"}\n'), names: '3' },
    { name: 'batch whose second line has a bad type', send: ndjson('{"data":"refused"}\n{"type":"a\\nb"}\n'), names: '2' },
    { name: 'batch whose last line names an id of the form of a position', send: ndjson('{"data":"refused"}\n{"id":"1-1"}\n'), names: '2' },
    { name: 'body without a Content-Type', send: server => request(server, 'POST', '/broadcast', { body: '{"data":"refused"}' }), status: 415 },
    { name: 'body of another media type', send: server => post(server, '/broadcast', 'text/plain', 'refused'), status: 415 },
];

test('refusals · what must not reach a stream is refused and does not', async t => {
    const server = await start_server(t, ['--heartbeat-interval', '0']);
    const stream = await raw_stream.open(server);
    server.at_end(() => stream.close());
    let markers = 0;

    for (const { name, send, status = 400, names = '' } of [...refused_fields(), ...refused_bodies]) {
        await t.test(name, async () => {
            const first_event = stream.reader.events.length;
            const answer = await send(server);
            const marker = await settle(server, stream, first_event);
            ++markers;
            assert.equal(answer.status, status, answer.text);
            assert.match(answer.headers['content-type'], /^application\/problem\+json\b/);
            assert.equal(answer.json.status, status);
            for (const member of ['type', 'title', 'detail']) assert.equal(typeof answer.json[member], 'string', member);
            assert.ok(answer.json.detail.length > 0 && answer.json.detail.includes(names), `"${answer.json.detail}" names ${names}`);
            assert.deepEqual(stream.reader.events.slice(first_event), [parsed_event(marker)]);
        });
    }

    assert.deepEqual(stream.reader.errors, []);
    assert.deepEqual(stream.reader.comments, []);
    const stats = await request(server, 'GET', '/stats');
    assert.equal(stats.json.events_published, markers, 'only what was accepted is counted');
});
