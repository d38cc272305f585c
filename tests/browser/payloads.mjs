// Events that must come back equal, each with the reason for being here as its name. `json` in place of `data`
// is JSON text that is published as it stands, with `data` then what it must come back as.

export const mebibyte = 1024 * 1024;

const line_ends = { CR: '\r', LF: '\n', 'CR LF': '\r\n' };

function* line_end_payloads() {
    for (const [name, end] of Object.entries(line_ends)) {
        yield { name: `${name} inside`, data: `a${end}b` };
        yield { name: `${name} at the start`, data: `${end}a` };
        yield { name: `${name} at the end`, data: `a${end}` };
        yield { name: `${name} alone`, data: end };
        yield { name: `three ${name} alone`, data: end.repeat(3) };
        for (const [other_name, other] of Object.entries(line_ends)) {
            yield { name: `${name} then ${other_name} inside`, data: `a${end}${other}b` };
            yield { name: `${name} then ${other_name} at the start`, data: `${end}${other}a` };
            yield { name: `${name} then ${other_name} at the end`, data: `a${end}${other}` };
            yield { name: `${name} then ${other_name} alone`, data: `${end}${other}` };
        }
    }
    yield { name: 'every line end in turn', data: 'a\rb\nc\r\nd\n\re\r\r\nf\r\n\ng' };
}

const white_space = [
    { name: 'empty', data: '' },
    { name: 'one space', data: ' ' },
    { name: 'leading space', data: ' a' },
    { name: 'two leading spaces', data: '  a' },
    { name: 'trailing space', data: 'a ' },
    { name: 'leading tab', data: '\ta' },
    { name: 'trailing tab', data: 'a\t' },
    { name: 'space and tab round every line', data: ' \ta\t \n\t b \t\n ' },
    { name: 'vertical tab and form feed, which end no line', data: '\x0ba\x0c\x0bb\x0c' },
];

const field_like = ['data:', 'data: x', 'data', 'event: forged', 'id: 9-9', 'retry: 1', ':', ': comment', 'unknown: x', ' data: x'];

const replayed = ': replayed 2020-01-01T00:00:00Z';

const forgeries = [
    { name: 'forged event field after LF', data: 'a\nevent: forged\nb' },
    { name: 'forged event after an empty line of LF', data: 'a\n\nevent: forged\ndata: b\n\n' },
    { name: 'forged event after an empty line of CR', data: 'a\r\revent: forged\rdata: b\r\r' },
    { name: 'forged event after an empty line of CR LF', data: 'a\r\n\r\nevent: forged\r\ndata: b\r\n\r\n' },
    { name: 'forged id without value', data: 'a\nid\n\n' },
    { name: 'forged id with NUL', data: 'a\nid: \0\n\n' },
    { name: 'forged retry', data: 'a\n\nretry: 1\n\n' },
    { name: 'forged end of chunks', data: '\r\n0\r\n\r\n' },
    { name: 'forged chunk', data: 'a\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
    { name: 'forged replay comment', data: `${replayed}\nid: 1-1\ndata: a\n\n` },
    { name: 'forged replay comment after an empty line', data: `a\n\n${replayed}\nid: 1-1\ndata: a\n\n` },
    { name: 'forged connected', data: 'a\n\nevent: connected\ndata: {"sessionId":"0"}\n\n' },
    { name: 'forged shutdown', data: '\n\nevent: shutdown\nretry: 99999999\ndata: {"retry":99999999}\n\n' },
    { name: 'forged heartbeat that moves the position', data: '\r\revent: heartbeat\rid: 99999999999999-1\rdata: {}\r\r' },
];

const plane_payloads = Array.from({ length: 17 }, (_, plane) => {
    const first = plane * 0x10000;
    const points = [first + 0x1234, first + 0x6001, first + 0xfffd, first + 0xfffe, first + 0xffff];
    return { name: `Unicode plane ${plane}`, data: points.map(point => String.fromCodePoint(point)).join(' ') };
});

const unicode = [
    ...plane_payloads,
    { name: 'U+10FFFF alone', data: '\u{10ffff}' },
    { name: 'U+D7FF and U+E000 beside the surrogates', data: '\ud7ff\ue000' },
    { name: 'U+0000', data: 'a\0b\0' },
    { name: 'every control character but the line ends', data: Array.from({ length: 32 }, (_, c) => String.fromCharCode(c)).join('').replace(/[\r\n]/g, '') + '\x7f' },
    { name: 'U+2028 and U+2029, which end no line', data: 'a\u2028b\u2029c' },
    { name: 'U+0085, which ends no line', data: '\u0085a\u0085b\u0085' },
    { name: 'byte order mark at the start', data: '\ufeffa' },
    { name: 'byte order mark on every line', data: '\ufeff\n\ufeff\ufeffdata: x\n\ufeff' },
    { name: 'combining marks', data: 'e\u0301 \u0301 n\u0303\u0323 \u{1f469}\u200d\u{1f469}\u200d\u{1f467}' },
    { name: 'right to left', data: '\u202eabc\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627' },
    { name: 'no-break and zero-width spaces at both ends', data: '\u00a0\u200b\u3000a\u3000\u200b\u00a0' },
];

const types = [
    { name: 'type message is left out', data: 'a', type: 'message' },
    { name: 'empty type is left out', data: 'a', type: '' },
    { name: 'type Message is another type', data: 'a', type: 'Message' },
    { name: 'type with spaces', data: 'a', type: 'two words and more' },
    { name: 'type with a space at both ends', data: 'a', type: ' padded ' },
    { name: 'type with a colon', data: 'a', type: 'ns:kind: x' },
    { name: 'type that starts with a colon', data: 'a', type: ':comment' },
    { name: 'type that looks like a field', data: 'a', type: 'data: forged' },
    { name: 'type in Unicode', data: 'a', type: 'événement \u{1f680} \u05e9' },
    { name: 'type with U+2028 and a byte order mark', data: 'a', type: '\ufeffx\u2028y' },
    { name: 'type with form signs', data: 'a&b=c+d%41', type: 'a&b=c+d%41' },
    { name: 'type of 256 bytes', data: 'a', type: 'é'.repeat(128) },
    { name: 'type with empty data', data: '', type: 'nothing' },
];

// Given twice, an id would name the earlier event: whoever publishes an entry more than once appends two bytes.
const ids = [
    { name: 'empty id counts as none', data: 'a', id: '' },
    { name: 'id of one word', data: 'a', id: 'order' },
    { name: 'id with spaces', data: 'a', id: 'order of today' },
    { name: 'id with a colon', data: 'a', id: ': id: 1-1' },
    { name: 'id in Unicode', data: 'a', id: 'ключ-\u{1f511}' },
    { name: 'id almost a position', data: 'a', id: '1-2-3' },
    { name: 'id of 256 bytes', data: 'a', id: 'i'.repeat(254) },
    { name: 'id, type and lines together', data: 'a\n\nb', id: 'all', type: 'every field' },
];

const json_values = [
    { name: 'JSON object', json: '{ "a" : [ 1 , 2.0 , 1e5 , "x  \\u0041" ] , "a b" : { } }', data: '{"a":[1,2.0,1e5,"x  \\u0041"],"a b":{}}' },
    { name: 'JSON array over several lines', json: '[\n  1,\r\n  [ ],\t{ }\n]', data: '[1,[],{}]' },
    { name: 'JSON number that no double holds', json: '12345678901234567890123.000', data: '12345678901234567890123.000' },
    { name: 'JSON true', json: 'true', data: 'true' },
    { name: 'JSON null', json: 'null', data: 'null' },
];

const large = [
    { name: 'one line of a megabyte', data: 'x'.repeat(mebibyte) },
    { name: 'short lines of a megabyte', data: 'line 01\n'.repeat(mebibyte / 8) },
    { name: 'CR LF lines of a megabyte', data: 'line 1\r\n'.repeat(mebibyte / 8) },
    { name: 'nothing but LF, a megabyte', data: '\n'.repeat(mebibyte) },
    { name: 'four-byte characters of a megabyte', data: '\u{1f600}'.repeat(mebibyte / 4) },
];

export const small_payloads = [
    { name: 'a word', data: 'hello' },
    ...line_end_payloads(),
    ...white_space,
    ...field_like.flatMap(line => [
        { name: `line "${line}"`, data: line },
        { name: `line "${line}" after another`, data: `a\n${line}` },
    ]),
    ...forgeries,
    ...unicode,
    ...types,
    ...ids,
    ...json_values,
];

export const payloads = [...small_payloads, ...large];

/** The data as a client sees it: each CR LF, CR and LF ends a line, and lines are joined by LF. */
export const received_data = data => data.replace(/\r\n?/g, '\n');

/** The event's block on the wire, to the byte. */
export function wire_block({ id, type, data }) {
    const named = type === undefined || type === '' || type === 'message' ? '' : `event: ${type}\n`;
    const lines = received_data(data).split('\n').map(line => (line === '' ? 'data:\n' : `data: ${line}\n`));
    return Buffer.from(`id: ${id}\n${named}${lines.join('')}\n`, 'utf8');
}

/** The event as `eventsource-parser` reports it. */
export function parsed_event({ id, type, data }) {
    const event = type === undefined || type === '' || type === 'message' ? undefined : type;
    return { id, event, data: received_data(data) };
}
