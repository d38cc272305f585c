// The server's page to the eye and to the keyboard: both colour schemes, a phone's width, focus that is seen.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check_accessibility, screenshot } from './accessibility.mjs';
import { share_browser } from './browser.mjs';
import { event_shown, eventually, in_reverse, open_hub_page, own_session, session_row } from './hub_page.mjs';
import { broadcast, mint_session } from './publish.mjs';
import { start_server } from './server.mjs';
import { raw_stream } from './stream.mjs';

describe('page/looks', () => {
    let context;
    share_browser(started => (context = started));

    const agents = ['curl/8.5.0', 'okhttp/4.12.0', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'];

    /** A server with some life in it, and its page with everything of it on show. */
    async function set_up(t, page_options) {
        const scope = in_reverse(t);
        const server = await start_server(scope);
        const streams = [];
        for (const agent of agents) {
            const query = streams.length === 1 ? '?types=price.update,news' : '';
            streams.push(await raw_stream.open(server, { query, headers: { 'User-Agent': agent } }));
        }
        server.at_end(() => streams.forEach(stream => stream.close()));
        await mint_session(server);
        const page = await open_hub_page(scope, context, server, page_options);
        let last;
        for (let i = 0; i < 24; ++i) {
            const price = { symbol: 'ACME', price: 101.25 + i / 4, volume: 1200 + 17 * i };
            const event = i % 3 === 0 ? { type: 'price.update', data: JSON.stringify(price) } : { data: `plain text ${i}, ${'which goes on '.repeat(i)}` };
            last = await broadcast(server, event);
        }
        await event_shown(page, last);
        await session_row(page, streams[0].session).waitFor();
        return { server, page, streams };
    }

    /** Waits until the charts have lines to look at. */
    const drawn = page => eventually(page, () => [...document.querySelectorAll('.tile .line')].every(path => (path.getAttribute('d') ?? '').split('L').length >= 3));

    /** Unfolds what can be, so that it is looked at too. */
    async function unfold(page, session) {
        await page.locator('#event-list summary').nth(1).click();
        await session_row(page, session).locator('button.id').click();
        await session_row(page, session).getByRole('checkbox').check();
    }

    const background = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const overflow = page => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

    test('light and dark · as the system has it, or as the button says', async t => {
        const { page, streams } = await set_up(t, { size: { width: 1280, height: 900 } });
        await drawn(page);
        await page.emulateMedia({ colorScheme: 'light' });
        assert.equal(await background(page), 'rgb(244, 246, 246)');
        await screenshot(page, 'light');
        await check_accessibility(page, 'in light');
        await unfold(page, streams[1].session);
        await check_accessibility(page, 'in light, unfolded');

        await page.emulateMedia({ colorScheme: 'dark' });
        assert.equal(await background(page), 'rgb(15, 20, 22)');
        await screenshot(page, 'dark');
        await check_accessibility(page, 'in dark, unfolded');
        await session_row(page, streams[0].session).getByRole('button', { name: /^Forget/ }).click();
        await check_accessibility(page, 'in dark, with the dialog open');
        await screenshot(page, 'dialog');
        await page.keyboard.press('Escape');

        await page.getByRole('button', { name: 'Light colours' }).click();
        assert.equal(await background(page), 'rgb(244, 246, 246)');
        await page.getByRole('button', { name: 'Dark colours' }).click();
        assert.equal(await background(page), 'rgb(15, 20, 22)');
        await page.getByRole('button', { name: 'Light colours' }).click();
        await page.reload();
        assert.equal(await background(page), 'rgb(15, 20, 22)', 'the choice is kept in memory only');
    });

    test('narrow and wide · nothing sticks out', async t => {
        const { page, streams } = await set_up(t, { size: { width: 360, height: 780 } });
        for (const width of [360, 768, 1024]) {
            await page.setViewportSize({ width, height: 780 });
            assert.equal(await overflow(page), 0, `${width} pixels wide`);
        }
        await drawn(page);
        await unfold(page, streams[1].session);
        for (const width of [360, 768, 1024]) {
            await page.setViewportSize({ width, height: 780 });
            assert.equal(await overflow(page), 0, `${width} pixels wide, unfolded`);
            await screenshot(page, `width-${width}`);
            await check_accessibility(page, `${width} pixels wide`);
        }
    });

    test('motion · none for those who want none', async t => {
        const { page } = await set_up(t);
        const moving = () => page.evaluate(() => {
            document.getElementById('events-stream').dataset.state = 'waiting';
            const styles = [...document.querySelectorAll('*')].flatMap(each => [getComputedStyle(each), getComputedStyle(each, '::before')]);
            return styles.filter(style => style.animationName !== 'none' || style.transitionDuration !== '0s').length;
        });
        await page.emulateMedia({ reducedMotion: 'no-preference' });
        assert.ok((await moving()) > 0);
        await page.emulateMedia({ reducedMotion: 'reduce' });
        assert.equal(await moving(), 0);
    });

    /** What has focus: a name for it, and whether one sees that it has. */
    const focused = page => page.evaluate(() => {
        const element = document.activeElement;
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        const is_seen = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.left >= 0;
        return { name: element.id || element.getAttribute('aria-label') || element.textContent.slice(0, 20), tag: element.localName, is_seen };
    });

    test('keyboard only · every control is reached, is seen to have focus, and works', async t => {
        const { page, streams } = await set_up(t);
        const reached = [];
        await page.keyboard.press('Tab');
        for (let at = await focused(page); at.tag !== 'body' && at.name !== reached[0]; at = await focused(page)) {
            assert.ok(at.is_seen, `${at.tag} ${at.name} does not show its focus`);
            reached.push(at.name);
            assert.ok(reached.length < 200, 'the walk ends');
            await page.keyboard.press('Tab');
        }
        const controls = await page.evaluate(() =>
            [...document.querySelectorAll('a, button, input, select, textarea, summary, [role=slider]')]
                .filter(each => each.checkVisibility() && !each.disabled && each.type !== 'radio')
                .map(each => each.id || each.getAttribute('aria-label') || each.textContent.slice(0, 20)));
        assert.deepEqual(controls.filter(name => !reached.includes(name)), []);

        // A session is disconnected, another forgotten, an event published: without the mouse.
        const press = async (name, ...keys) => {
            await page.getByRole('button', { name, exact: true }).focus();
            for (const key of keys) await page.keyboard.press(key);
        };
        await press('Pause', 'Space');
        const short = `${streams[2].session.slice(0, 8)}…`;
        await press(`Disconnect session ${short}`, 'Enter');
        await eventually(page, () => /is disconnected/.test(document.getElementById('sessions-outcome').textContent));
        await press(`Forget session ${short}`, 'Enter');
        assert.deepEqual((await focused(page)).name, 'forget-cancel');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Space');
        await eventually(page, () => /is forgotten/.test(document.getElementById('sessions-outcome').textContent));
        await eventually(page, id => !document.getElementById('session-table').textContent.includes(id), streams[2].session);

        await page.locator('.skip[href="#publish"]').focus();
        assert.ok((await focused(page)).is_seen);
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab'); // to the radio button that is chosen
        await page.keyboard.press('Tab');
        await page.keyboard.type('typed');
        await page.keyboard.press('Enter');
        const id = await eventually(page, () => document.querySelector('#publish-answer code')?.textContent);
        await press('Pause', 'Space');
        await event_shown(page, id);
        assert.notEqual(await own_session(page), '');
    });

    test('spoken · states are announced, politely and not each event', async t => {
        const { page, server } = await set_up(t);
        const said = await page.evaluateHandle(() => {
            const announcer = document.getElementById('announcer');
            const all = [];
            new MutationObserver(() => all.push(announcer.textContent)).observe(announcer, { childList: true, characterData: true, subtree: true });
            return all;
        });
        assert.equal(await page.getByRole('status').first().getAttribute('aria-live'), null, 'a status is polite by itself');
        for (let i = 0; i < 20; ++i) await broadcast(server, { data: `${i}` });
        await page.getByRole('button', { name: 'Pause' }).click();
        await eventually(page, () => document.getElementById('announcer').textContent === 'The view is paused');
        assert.ok((await said.jsonValue()).length <= 3);
    });
});
