// The server's own page at `/`, held to its promises while a test uses it.
import assert from 'node:assert/strict';

/** What Chromium itself writes of requests that fail; only tests that make them fail allow it. */
export const network_noise = {
    unauthorized: /^Failed to load resource: .* status of 401 /,
    not_found: /^Failed to load resource: .* status of 404 /,
    gone: /^Failed to load resource: (net::ERR_|.* status of 503 )/,
};

/** As the test `t` for what is to be undone after it, but the last first: the page goes before its server does. */
export function in_reverse(t) {
    const steps = [];
    t.after(async () => {
        const failures = [];
        for (const step of steps.reverse()) {
            try {
                await step();
            } catch (failure) {
                failures.push(failure);
            }
        }
        if (failures.length > 0) throw failures[0];
    });
    return { after: step => steps.push(step) };
}

/**
 * Opens the page in a tab of its own and waits for its stream of events. The test fails when the page writes an error
 * or a warning to the console that none of `noise` matches, throws, breaks its Content-Security-Policy, or asks
 * anything of anyone but its server.
 */
export async function open_hub_page(t, context, server, { noise = [], size, before_load, connects = true } = {}) {
    const page = await context.newPage();
    const complaints = [];
    page.on('console', message => {
        const is_loud = message.type() === 'error' || message.type() === 'warning';
        if (is_loud && !noise.some(allowed => allowed.test(message.text()))) complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', error => complaints.push(`thrown: ${error.stack}`));
    page.on('request', request => {
        const is_own = new URL(request.url()).origin === server.url || request.url().startsWith('data:');
        if (!is_own) complaints.push(`request to ${request.url()}`);
    });
    await page.exposeFunction('report_violation', what => complaints.push(`policy: ${what}`));
    await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', violation =>
            window.report_violation(`${violation.violatedDirective} by ${violation.blockedURI} ${violation.sample}`));
    });
    t.after(async () => {
        await page.close();
        assert.deepEqual(complaints, []);
    });
    if (size) await page.setViewportSize(size);
    await before_load?.(page);
    await page.goto(`${server.url}/`);
    if (connects) await stream_state(page, 'events', 'connected');
    return page;
}

/** Waits until `expression` gives a true value in the page, and resolves with it. */
export async function eventually(page, expression, argument) {
    const handle = await page.waitForFunction(expression, argument, { polling: 20 });
    return handle.jsonValue();
}

/** Waits until one of the page's two streams, `events` or `numbers`, is in a state. */
export function stream_state(page, name, state) {
    return eventually(page, ([id, wanted]) => document.getElementById(id).dataset.state === wanted, [`${name}-stream`, state]);
}

/** The text of what the stream got back and lost. */
export function losses(page, name = 'events') {
    return page.locator(`#${name}-stream .losses`).textContent();
}

/** The page's own session. */
export function own_session(page) {
    return page.locator('#events-stream .session').getAttribute('title');
}

/** The events in the live view that are not hidden, newest first. */
export function events_shown(page) {
    return page.evaluate(() =>
        [...document.querySelectorAll('#event-list li:not([hidden])')].map(row => ({
            id: row.querySelector('.id').textContent,
            type: row.querySelector('.type').textContent,
            data: row.querySelector('.data').textContent,
            replayed: row.querySelector('.badge') !== null,
        })));
}

/** Waits for the event with this id in the live view. */
export function event_shown(page, id) {
    return eventually(page, wanted => [...document.querySelectorAll('#event-list li:not([hidden]) .id')].some(each => each.textContent === wanted), id);
}

/** The row of a session in the table. */
export function session_row(page, id) {
    return page.locator('#session-table tbody').filter({ hasText: id });
}
