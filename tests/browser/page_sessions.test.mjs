// The server's page: the table of sessions, and what its buttons do to them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { share_browser } from './browser.mjs';
import { eventually, in_reverse, network_noise, open_hub_page, own_session, session_row } from './hub_page.mjs';
import { broadcast, mint_session, request, wait_for_streams } from './publish.mjs';
import { start_server } from './server.mjs';
import { raw_stream } from './stream.mjs';

describe('page/sessions', () => {
    let context;
    share_browser(started => (context = started));

    async function set_up(t, options = []) {
        const scope = in_reverse(t);
        const server = await start_server(scope, options);
        const other = await raw_stream.open(server, { query: '?types=news,price', headers: { 'User-Agent': 'other/1.0' } });
        server.at_end(() => other.close());
        const page = await open_hub_page(scope, context, server);
        const row = session_row(page, other.session);
        await listed_on(page, other.session);
        return { server, other, page, row };
    }

    const cell = (row, column) => row.locator(`td[data-column="${column}"]`).textContent();
    /** Waits for what a cell says. The page asks anew whenever it is seen again, so nobody waits for its next time. */
    const cell_is = (page, id, column, text) => eventually(page, ([wanted_id, name, wanted]) => {
        document.dispatchEvent(new Event('visibilitychange'));
        const row = [...document.querySelectorAll('#session-table tbody')].find(each => each.textContent.includes(wanted_id));
        return row?.querySelector(`td[data-column="${name}"]`).textContent.startsWith(wanted);
    }, [id, column, text]);
    const listed_on = (page, id) => cell_is(page, id, 'Session', '');
    const seen_again = page => page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));
    const outcome = (page, wanted) => eventually(page, text => document.getElementById('sessions-outcome').textContent === text, wanted);
    /** Waits for the server to end a client's stream. */
    const ended = stream => assert.rejects(stream.until_true(() => false), /the server ended the stream/);
    /** The session's data as the server lists it; undefined when it is unknown. */
    const listed = async (server, id) => (await request(server, 'GET', '/sessions?limit=1000')).json.sessions.find(each => each.id === id);
    const resume = (server, id) => raw_stream.open(server, { headers: { 'X-SSE-Session-ID': id, 'User-Agent': 'other/1.0' } });

    test('what a row says, in short and in full', async t => {
        const { other, page, row } = await set_up(t);
        assert.equal(await cell(row, 'State'), 'connected');
        assert.equal(await cell(row, 'Filter'), 'news, price');
        assert.equal(await cell(row, 'Lag'), '0');
        assert.match(await cell(row, 'Age'), /^\d s$/);
        assert.equal(await cell(row, 'Address'), '127.0.0.1');
        assert.equal(await cell(row, 'User agent'), 'other/1.0');
        assert.ok(await row.locator('.more').isHidden());
        const unfolder = row.locator('button.id');
        assert.equal(await unfolder.textContent(), `${other.session.slice(0, 8)}…`);
        await unfolder.click();
        assert.equal(await unfolder.getAttribute('aria-expanded'), 'true');
        assert.match(await row.locator('.more').innerText(), new RegExp(`Id\\s+${other.session}\\s`));
        assert.match(await row.locator('.more').innerText(), new RegExp(`Handle in logs\\s+${other.connected.handle}\\s`));
        const own = session_row(page, await own_session(page));
        assert.ok(await own.locator('.badge').isVisible());
        assert.ok(await row.locator('.badge').isHidden());
    });

    test('the refresh follows a session that goes away, and leaves focus and what is unfolded alone', async t => {
        const { server, other, page, row } = await set_up(t);
        await row.locator('button.id').focus();
        await page.keyboard.press('Enter');
        other.close();
        await cell_is(page, other.session, 'State', 'away ');
        await broadcast(server, { type: 'news', data: 'buffered' });
        await broadcast(server, { type: 'other', data: 'filtered' });
        await cell_is(page, other.session, 'Buffered', '1');
        assert.equal(await cell(row, 'Lag'), '2');
        assert.ok(await row.getByRole('button', { name: /^Disconnect/ }).isDisabled());
        assert.ok(await row.locator('.more').isVisible());
        assert.equal(await page.evaluate(() => document.activeElement.className), 'id');
    });

    test('disconnect · the connection ends, the session stays and resumes', async t => {
        const { server, other, page, row } = await set_up(t);
        await row.getByRole('button', { name: /^Disconnect/ }).click();
        await outcome(page, `Session ${other.session.slice(0, 8)}… is disconnected; it can resume.`);
        await ended(other);
        await cell_is(page, other.session, 'State', 'away ');
        assert.equal((await listed(server, other.session)).active, false);
        const id = await broadcast(server, { type: 'news', data: 'missed' });
        const again = await resume(server, other.session);
        server.at_end(() => again.close());
        assert.deepEqual([again.connected.resumed, again.session], [true, other.session]);
        assert.equal((await again.until(({ data }) => data === 'missed')).id, id);
        await cell_is(page, other.session, 'State', 'connected');
    });

    test('forget · asks first, and then the session is gone for good', async t => {
        const { server, other, page, row } = await set_up(t);
        const forget = row.getByRole('button', { name: /^Forget/ });
        const dialog = page.getByRole('dialog', { name: 'Forget this session?' });
        for (const leave of [() => dialog.getByRole('button', { name: 'Cancel' }).click(), () => page.keyboard.press('Escape')]) {
            await forget.click();
            assert.equal(await dialog.locator('#forget-id').textContent(), other.session);
            await leave();
            await dialog.waitFor({ state: 'hidden' });
            assert.ok(await forget.evaluate(button => button === document.activeElement), 'focus is back where it was');
        }
        assert.equal((await listed(server, other.session)).active, true, 'nothing was done yet');

        await forget.click();
        await dialog.getByRole('button', { name: 'Forget' }).click();
        await outcome(page, `Session ${other.session.slice(0, 8)}… is forgotten.`);
        await ended(other);
        await row.waitFor({ state: 'detached' });
        assert.equal(await listed(server, other.session), undefined);
        await wait_for_streams(server, 1);
        const again = await resume(server, other.session);
        server.at_end(() => again.close());
        assert.equal(again.connected.resumed, false);
        assert.equal(again.session, other.session, 'it names the new session');
    });

    test('a session that is gone by then · the server says so', async t => {
        const scope = in_reverse(t);
        const server = await start_server(scope);
        const page = await open_hub_page(scope, context, server, {
            before_load: tab => tab.clock.install(),
            noise: [/^Failed to load resource: .* status of 404 /],
        });
        const id = await mint_session(server);
        const row = session_row(page, id);
        await row.getByRole('button', { name: /^Forget/ }).click();
        assert.equal((await request(server, 'DELETE', `/sessions/${id}`)).status, 204);
        await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
        await eventually(page, () => /^Not done: .* \(404 Not Found\)$/.test(document.getElementById('sessions-outcome').textContent));
        await row.waitFor({ state: 'detached' });
        await page.clock.fastForward(20_000);
        await eventually(page, () => document.getElementById('sessions-outcome').textContent === '');
    });

    test('pages · each session once, in order; back to the first when the last is empty', async t => {
        const scope = in_reverse(t);
        const server = await start_server(scope);
        const ids = [];
        for (let i = 0; i < 60; ++i) ids.push(await mint_session(server));
        ids.sort();
        // Without a session of its own the page changes nothing of this.
        const page = await open_hub_page(scope, context, server, {
            before_load: tab => tab.route('**/events', route => route.abort()),
            noise: [network_noise.gone],
            connects: false,
        });
        const shown_ids = () => page.locator('#session-table tbody .more dd:first-of-type').allTextContents();
        const shows = wanted => eventually(page, id => document.querySelector('#session-table dd')?.textContent === id && document.querySelectorAll('#session-table tbody').length, wanted);

        await page.getByRole('button', { name: 'Next' }).waitFor();
        assert.equal(await shows(ids[0]), 25);
        assert.deepEqual(await shown_ids(), ids.slice(0, 25));
        assert.ok(await page.getByRole('button', { name: 'Previous' }).isDisabled());
        await page.getByRole('button', { name: 'Next' }).click();
        await shows(ids[25]);
        assert.deepEqual(await shown_ids(), ids.slice(25, 50));
        await page.getByRole('button', { name: 'Next' }).click();
        assert.equal(await shows(ids[50]), 10);
        assert.equal(await page.locator('#sessions-page').textContent(), 'page 3 of 3 · 51–60 of 60');
        assert.ok(await page.getByRole('button', { name: 'Next' }).isDisabled());
        await page.getByRole('button', { name: 'Previous' }).click();
        await shows(ids[25]);
        await page.getByRole('button', { name: 'Next' }).click();
        await shows(ids[50]);
        for (const id of ids.slice(1)) await request(server, 'DELETE', `/sessions/${id}`);
        assert.equal(await shows(ids[0]), 1);
        assert.ok(await page.locator('#session-pages').isHidden());
    });

    test('search and order · by lag, age and state; the total and what was found', async t => {
        const { server, other, page } = await set_up(t);
        const away = await raw_stream.open(server, { headers: { 'User-Agent': 'away/2.0' } });
        await cell_is(page, away.session, 'State', 'connected');
        away.close();
        await cell_is(page, away.session, 'State', 'away ');
        for (let i = 0; i < 3; ++i) await broadcast(server, { data: 'unread' });
        await cell_is(page, away.session, 'Lag', '3');
        const own = await own_session(page);
        const agents = () => page.locator('#session-table td[data-column="User agent"]').allTextContents();
        const count = wanted => eventually(page, text => document.getElementById('sessions-count').textContent === text, wanted);
        await count("3 in all, this page's own view of events included");

        const sort = name => page.getByRole('columnheader', { name, exact: true }).getByRole('button').click();
        await sort('Lag');
        assert.equal((await agents())[0], 'away/2.0', 'the largest first');
        assert.equal(await page.getByRole('columnheader', { name: 'Lag', exact: true }).getAttribute('aria-sort'), 'descending');
        await sort('Age');
        assert.deepEqual([(await agents())[0], (await agents())[2]], ['other/1.0', 'away/2.0'], 'the oldest first');
        await sort('Age');
        assert.deepEqual([(await agents())[0], (await agents())[2]], ['away/2.0', 'other/1.0']);
        await sort('State');
        assert.equal((await agents())[0], 'away/2.0', 'those that are away first');
        assert.equal(await page.getByRole('columnheader', { name: 'Age', exact: true }).getAttribute('aria-sort'), null);

        await page.setViewportSize({ width: 360, height: 780 });
        await page.getByLabel('Order').selectOption('Lag ↓');
        assert.equal((await agents())[0], 'away/2.0');
        await page.getByLabel('Order').selectOption('Lag ↑');
        assert.equal((await agents())[2], 'away/2.0');

        await page.getByLabel('Search').fill('OTHER news');
        await count('1 found · 3 in all');
        assert.deepEqual(await agents(), ['other/1.0']);
        await page.getByLabel('Search').fill(own);
        await count('1 found · 3 in all');
        await page.getByLabel('Search').fill('nothing of the kind');
        await count('0 found · 3 in all');
        assert.equal(await page.locator('#sessions-empty').textContent(), 'No session matches the search.');
        await page.getByLabel('Search').fill('');
        await session_row(page, other.session).waitFor();
    });

    test('order · rows stand still while somebody points at one', async t => {
        const { server, page, row } = await set_up(t);
        const other = await raw_stream.open(server, { headers: { 'User-Agent': 'second/1.0' } });
        await listed_on(page, other.session);
        await page.getByRole('columnheader', { name: 'Lag', exact: true }).getByRole('button').click();
        const first_id = () => page.locator('#session-table dd').first().textContent();
        const last = page.locator('#session-table tbody').last();
        const last_id = await last.locator('dd').first().textContent();
        const first = await first_id();
        await last.hover();
        // The one that is pointed at now lags most.
        const session = last_id === await own_session(page) ? other.session : last_id;
        await request(server, 'POST', `/disconnect?session=${session}`);
        await cell_is(page, session, 'State', 'away ');
        await broadcast(server, { type: 'news', data: 'unread' });
        await cell_is(page, session, 'Lag', '1');
        assert.equal(await first_id(), first);
        await page.mouse.move(0, 0);
        await seen_again(page);
        await eventually(page, id => document.querySelector('#session-table dd').textContent === id, session);
        assert.ok(await row.isVisible());
        other.close();
    });

    test('a hidden page does not ask, and asks at once when it is seen again', async t => {
        const { page } = await set_up(t);
        const hide = hidden => page.evaluate(is_hidden => {
            Object.defineProperty(document, 'hidden', { configurable: true, value: is_hidden });
            document.dispatchEvent(new Event('visibilitychange'));
        }, hidden);
        let asked = 0;
        page.on('request', sent => (asked += sent.url().includes('/sessions?')));
        /** Waits for so many seconds of the server's, each of which moves the page's clock of it. */
        const seconds = async count => {
            for (let i = 0; i < count; ++i) {
                const uptime = await page.locator('#uptime').textContent();
                await eventually(page, before => document.getElementById('uptime').textContent !== before, uptime);
            }
        };
        await page.waitForRequest(/\/sessions\?/);
        await page.waitForRequest(/\/sessions\?/);
        await hide(true);
        await seconds(1); // what was under way
        asked = 0;
        await seconds(3); // it would ask every two
        assert.equal(asked, 0);
        const request_again = page.waitForRequest(/\/sessions\?/);
        await hide(false);
        await request_again;
    });
});
