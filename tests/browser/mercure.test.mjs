// Mercure's subscribers, by both dialects: npm's `eventsource` and a browser's own EventSource, with nothing of sluice's.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHmac } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { EventSource } from 'eventsource';
import { heard, open_tab, share_browser } from './browser.mjs';
import { drop_connection, post, request } from './publish.mjs';
import { start_server, within } from './server.mjs';

const hub = '/.well-known/mercure';
const deadline_ms = 20_000;
const secret = '!ChangeThisMercureHubJWTSecretKey!';

/** What selects the books, one by one and by what they have in common, in each dialect. */
const dialects = {
    '0.x': {
        books: { topic: 'https://example.com/books/{id}' },
        both: [['topic', 'https://example.com/books/1'], ['topic', 'news']],
        cookie: 'mercureAuthorization',
        typ: 'JWT',
        claims: { mercure: { subscribe: ['https://example.com/books/{id}'] } },
    },
    '1.0': {
        books: { match_urlpattern: 'https://example.com/books/:id' },
        both: [['match', 'https://example.com/books/1'], ['match', 'news']],
        cookie: '__Secure-mercure_access_token',
        typ: 'at+jwt',
        claims: {
            exp: 4102444800,
            authorization_details: [{
                type: 'https://mercure.rocks/authorization-detail',
                actions: ['subscribe'],
                topics: [{ match: 'https://example.com/books/:id', match_type: 'urlpattern' }],
            }],
        },
    },
};

const encoded = value => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token, signed as Mercure's documentation does it. */
function make_token(typ, claims) {
    const signed = `${encoded({ alg: 'HS256', typ })}.${encoded(claims)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const publisher = make_token('JWT', { mercure: { publish: ['*'] } });

/** Publishes an update; resolves with its id. */
async function publish(server, update, token) {
    const body = new URLSearchParams(update).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) };
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await request(server, 'POST', hub, { headers, body });
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['content-type'], /^text\/plain(?:$|;)/);
    return answer.text;
}

/** A server whose tokens are signed with the secret, and which lets everybody have what is public. */
async function start_hub(t, options = []) {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-mercure-'));
    t.after(() => rm(directory, { recursive: true }));
    const file = join(directory, 'key');
    await writeFile(file, secret);
    return start_server(t, ['--jwt-key-file', file, '--anonymous', ...options]);
}

describe('mercure', () => {
    let context;
    share_browser(started => (context = started));

    for (const [dialect, { books, both, cookie, typ, claims }] of Object.entries(dialects)) {
        test(`npm eventsource · ${dialect} · what matches arrives, and what was missed while it was away`, async t => {
            const server = await start_server(t, ['--mercure']);
            const source = new EventSource(`${server.url}${hub}?${new URLSearchParams(books)}`);
            server.at_end(() => source.close());
            const events = [];
            let wake = () => {};
            const take = ({ type, data, lastEventId }) => {
                events.push({ type, data, id: lastEventId });
                wake();
            };
            source.addEventListener('message', take);
            source.addEventListener('said', take);
            const until = count => within(deadline_ms, (async () => {
                while (events.length < count) await new Promise(resolve => (wake = resolve));
            })(), `${count} updates`);
            await within(deadline_ms, new Promise(resolve => source.addEventListener('open', resolve, { once: true })), 'open');

            const topic = 'https://example.com/books/1';
            // With it the client comes back at once.
            const wanted = [{ type: 'message', data: 'a line\nand another', id: await publish(server, { topic, data: 'a line\nand another', retry: 50 }) }];
            await publish(server, { topic: 'https://example.com/films/1', data: 'a film' });
            wanted.push({ type: 'said', data: '{}', id: await publish(server, { topic, data: '{}', type: 'said', id: 'urn:uuid:1' }) });
            await until(2);
            const session = (await request(server, 'GET', '/sessions?active=true')).json.sessions[0].id;
            await drop_connection(server, session);
            for (const data of ['missed', 'missed too']) {
                wanted.push({ type: 'message', data, id: await publish(server, { topic: 'https://example.com/books/2', data }) });
            }
            await until(4);
            assert.deepEqual(events, wanted);
        });

        test(`Chromium · ${dialect} · what matches arrives, private updates by the cookie, and the end is no event`, async t => {
            const server = await start_hub(t);
            await context.clearCookies();
            const tab = await open_tab(t, context, `${server.url}/healthz`);
            await tab.evaluate(([name, token, path]) => {
                // A name that begins with __Secure- is for https alone, so that here the token is in the address.
                if (!name.startsWith('__Secure-')) document.cookie = `${name}=${token}; path=${path}; SameSite=Strict`;
            }, [cookie, make_token(typ, claims), hub]);
            const in_address = cookie.startsWith('__Secure-') ? [['access_token', make_token(typ, claims)]] : [];
            const addresses = [[...Object.entries(books), ...in_address], both].map(query => `${hub}?${new URLSearchParams(query)}`);
            await tab.evaluate(async ([by_pattern, by_name]) => {
                window.heard = [];
                window.named = [];
                window.sources = [[by_pattern, window.heard], [by_name, window.named]].map(([address, into]) => {
                    const source = new EventSource(address);
                    source.onmessage = ({ type, data, lastEventId }) => into.push({ type, data, id: lastEventId });
                    return source;
                });
                await Promise.all(window.sources.map(source => new Promise(resolve => (source.onopen = resolve))));
            }, addresses);
            const topic = 'https://example.com/books/1';
            const updates = [
                { topic, data: 'public' },
                { topic, data: 'private', private: 'on' },
                { topic: 'https://example.com/films/1', data: 'a private film', private: 'on' },
                { topic: 'news', data: 'news' },
                { topic, data: 'the last', id: 'urn:last' },
            ];
            const ids = [];
            for (const update of updates) ids.push(await publish(server, update, publisher));
            const events = [0, 1, 4].map(i => ({ type: 'message', data: updates[i].data, id: ids[i] }));
            assert.deepEqual(await heard(tab, 3), events);
            const wanted = in_address.length > 0 ? ['public', 'news', 'the last'] : ['public', 'private', 'news', 'the last'];
            await tab.waitForFunction(count => window.named.length >= count, wanted.length, { polling: 20 });
            assert.deepEqual(await tab.evaluate(() => window.named.map(({ data }) => data)), wanted);
        });
    }

    test('Chromium · a page publishes to its own hub, and reads the id', async t => {
        const server = await start_server(t, ['--mercure']);
        const tab = await open_tab(t, context, `${server.url}/healthz`);
        const answer = await tab.evaluate(async address => {
            const response = await fetch(address, { method: 'POST', body: new URLSearchParams({ topic: 'a', id: 'urn:own' }) });
            return { status: response.status, text: await response.text() };
        }, hub);
        assert.deepEqual(answer, { status: 200, text: 'urn:own' });
        const refused = await post(server, hub, 'application/x-www-form-urlencoded', 'topic=%2F.well-known%2Fmercure');
        assert.equal(refused.status, 400);
    });
});
