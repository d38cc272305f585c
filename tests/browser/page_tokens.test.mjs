// The server's page: the tokens that it asks for, and that it keeps them in memory only.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check_accessibility, screenshot } from './accessibility.mjs';
import { share_browser } from './browser.mjs';
import { event_shown, eventually, in_reverse, network_noise, open_hub_page, own_session, session_row, stream_state } from './hub_page.mjs';
import { start_server } from './server.mjs';

const publish_token = 'publish-token-7f3a';
const subscribe_token = 'subscribe-token-19c2';

describe('page/tokens', () => {
    let context;
    share_browser(started => (context = started));

    /** A server with these tokens, the page, and the addresses of all that it asked for. */
    async function set_up(t, options) {
        const scope = in_reverse(t);
        const server = await start_server(scope, options);
        const addresses = [];
        const before_load = page => page.on('request', request => addresses.push(request.url()));
        const page = await open_hub_page(scope, context, server, { noise: [network_noise.unauthorized], connects: false, before_load });
        await page.getByRole('heading', { name: 'This server asks for a token' }).waitFor();
        return { server, page, addresses };
    }

    const publish_field = page => page.getByLabel('Publish token');
    const subscribe_field = page => page.getByLabel('Subscribe token');
    const use = page => page.getByRole('button', { name: 'Use token' }).click();
    const refusal = (page, wanted) => eventually(page, text => document.getElementById('token-error').textContent === text, wanted);
    const works = async page => {
        await page.locator('#token-panel').waitFor({ state: 'hidden' });
        await stream_state(page, 'events', 'connected');
        await stream_state(page, 'numbers', 'connected');
        await session_row(page, await own_session(page)).waitFor();
        await page.getByText('No stream names a topic').waitFor();
    };

    test('one token for both · asked, wrong, right, and then all works', async t => {
        const { page } = await set_up(t, ['--publish-token', publish_token, '--subscribe-token', publish_token]);
        await subscribe_field(page).waitFor();
        await check_accessibility(page, 'with the token asked for');
        await screenshot(page, 'token');
        assert.equal(await page.locator('#session-table').isHidden(), true);
        assert.equal(await page.locator('#events-stream .state').textContent(), 'waiting for the subscribe token');
        assert.equal(await page.locator('#numbers-stream .state').textContent(), 'waiting for the publish token');
        assert.equal(await page.locator('#event-empty').textContent(), 'Waiting for the subscribe token.');
        assert.equal(await page.locator('#sessions-empty').textContent(), 'Waiting for the publish token.');
        await page.locator('#publish-data').fill('early');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        await eventually(page, () => document.getElementById('publish-answer').textContent === 'Not yet published: it waits for the publish token.');

        await publish_field(page).fill('wrong');
        await use(page);
        await refusal(page, 'The server did not accept this publish token. The server did not accept this subscribe token.');
        assert.equal(await publish_field(page).getAttribute('aria-invalid'), 'true');
        assert.equal(await publish_field(page).inputValue(), '', 'the wrong one is not kept in the form');
        assert.ok(await page.evaluate(() => document.activeElement.matches('#publish-token, #subscribe-token')));

        await publish_field(page).fill(publish_token);
        await page.keyboard.press('Enter');
        await works(page);
        await eventually(page, () => /^Published as /.test(document.getElementById('publish-answer').textContent));
        assert.equal(await page.locator('#event-empty').textContent(), 'No event to show yet.');
        await page.locator('#publish-data').fill('with a token');
        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        const id = await eventually(page, () => document.querySelector('#publish-answer code')?.textContent);
        await event_shown(page, id);
    });

    test('two tokens · each has its field, and one that is wrong is named', async t => {
        const { page } = await set_up(t, ['--publish-token', publish_token, '--subscribe-token', subscribe_token]);
        await subscribe_field(page).waitFor();
        await publish_field(page).fill(publish_token);
        await use(page);
        await refusal(page, 'The server did not accept this subscribe token.');
        assert.ok(await publish_field(page).isHidden());
        await subscribe_field(page).fill(subscribe_token);
        await use(page);
        await works(page);
    });

    test('only streams need one · only that is asked for', async t => {
        const { page } = await set_up(t, ['--subscribe-token', subscribe_token]);
        await stream_state(page, 'numbers', 'connected');
        assert.ok(await publish_field(page).isHidden());
        await subscribe_field(page).fill(subscribe_token);
        await use(page);
        await works(page);
    });

    test('only publishing needs one · events show without', async t => {
        const { page } = await set_up(t, ['--publish-token', publish_token]);
        await stream_state(page, 'events', 'connected');
        assert.ok(await subscribe_field(page).isHidden());
        await publish_field(page).fill(publish_token);
        await use(page);
        await works(page);
    });

    test('memory only · nothing is stored, no address has it, and a reload asks again', async t => {
        const { page, addresses } = await set_up(t, ['--publish-token', publish_token, '--subscribe-token', subscribe_token]);
        await subscribe_field(page).waitFor();
        await publish_field(page).fill(publish_token);
        await subscribe_field(page).fill(subscribe_token);
        await use(page);
        await works(page);
        const kept = await page.evaluate(async () => ({
            local: localStorage.length,
            session: sessionStorage.length,
            databases: (await indexedDB.databases()).length,
            caches: (await caches.keys()).length,
            cookie: document.cookie,
            history: JSON.stringify(history.state),
            fields: [...document.querySelectorAll('input[type=password]')].map(({ value }) => value).join(''),
            document: document.documentElement.outerHTML,
        }));
        assert.ok(![publish_token, subscribe_token].some(token => kept.document.includes(token)));
        delete kept.document;
        assert.deepEqual(kept, { local: 0, session: 0, databases: 0, caches: 0, cookie: '', history: 'null', fields: '' });
        assert.deepEqual(await context.cookies(), []);
        assert.ok(addresses.length > 4);
        assert.ok(!addresses.some(address => /token/.test(address)), 'no address has a token');

        await page.reload();
        await publish_field(page).waitFor();
        await subscribe_field(page).waitFor();
        assert.equal(await publish_field(page).inputValue(), '');
        assert.notEqual(await page.locator('#events-stream').getAttribute('data-state'), 'connected');
    });
});
