// What a publisher does: plain HTTP requests, with nothing added to them that was not asked for.
import assert from 'node:assert/strict';
import http from 'node:http';

const answer_deadline_ms = 20_000;
const agent = new http.Agent({ keepAlive: true });

/** One request; resolves with the status, the headers, and the body as text and, where it is JSON, parsed. */
export function request(server, method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const sent = http.request(`${server.url}${path}`, { method, headers, agent, timeout: answer_deadline_ms });
        sent.once('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)));
        sent.once('error', reject);
        sent.once('response', response => {
            const parts = [];
            response.on('data', part => parts.push(part));
            response.once('error', reject);
            response.once('end', () => {
                const text = Buffer.concat(parts).toString('utf8');
                const is_json = /json/.test(response.headers['content-type'] ?? '');
                resolve({ status: response.statusCode, headers: response.headers, text, json: is_json ? JSON.parse(text) : undefined });
            });
        });
        sent.end(body);
    });
}

/** A POST of `body` as `type`. */
export function post(server, path, type, body) {
    return request(server, 'POST', path, {
        headers: { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) },
        body,
    });
}

const query_of = fields =>
    Object.entries(fields)
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&');

const ascii_json = fields =>
    JSON.stringify(fields).replace(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The ways in which one event's fields can be published; each resolves with the server's answer. */
export const transports = {
    json: (server, fields) => post(server, '/broadcast', 'application/json', JSON.stringify(fields)),
    escaped_json: (server, fields) => post(server, '/broadcast', 'application/json', ascii_json(fields)),
    form: (server, fields) =>
        post(server, '/broadcast', 'application/x-www-form-urlencoded', new URLSearchParams(fields).toString()),
    query: (server, fields) => request(server, 'POST', `/broadcast?${query_of(fields)}`),
};

/** Broadcasts and resolves with the event's id. */
export async function broadcast(server, fields, transport = 'json') {
    const answer = await transports[transport](server, fields);
    assert.equal(answer.status, 200, `broadcast by ${transport}: ${answer.text}`);
    assert.equal(typeof answer.json.id, 'string');
    return answer.json.id;
}

/** Mints a session and resolves with its id. */
export async function mint_session(server) {
    const answer = await request(server, 'POST', '/sessions');
    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.json.sessionId, /^[0-9a-f]{32}$/);
    return answer.json.sessionId;
}

/** Drops the session's connection and leaves the session standing. */
export async function drop_connection(server, session) {
    const answer = await request(server, 'POST', `/disconnect?session=${session}`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, { disconnected: true });
}

/** Waits until the server counts `count` connected streams; each round trip to the server is one look. */
export async function wait_for_streams(server, count, deadline_ms = 20_000) {
    const end = Date.now() + deadline_ms;
    let seen;
    do {
        seen = (await request(server, 'GET', '/stats')).json.active_clients;
        if (seen === count) return;
    } while (Date.now() < end);
    assert.fail(`the server counts ${seen} streams, not ${count}`);
}
