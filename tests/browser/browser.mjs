// A Chromium of the system with a profile of its own, and what the tests ask its pages.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const deadline_ms = 30_000;
const quiet = [
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

/** Starts the browser (the one that CHROMIUM names, or Debian's) and ends it, profile and all, after `t`. */
async function start_browser(t, args) {
    const profile = await mkdtemp(join(tmpdir(), 'sluice-chromium-'));
    t.after(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
    const context = await chromium.launchPersistentContext(profile, {
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        headless: true,
        // Within a container, and as root, Chromium's own sandbox cannot be set up.
        chromiumSandbox: false,
        args: [...quiet, ...args],
        env: { ...process.env, HOME: profile },
        timeout: deadline_ms,
    });
    t.after(() => context.close());
    context.setDefaultTimeout(deadline_ms);
    return context;
}

/** One browser for all tests of the suite that is being described: given to `use` before them, ended after them.
 * `args` are more of its command line. */
export function share_browser(use, args = []) {
    const teardown = [];
    before(async () => use(await start_browser({ after: step => teardown.unshift(step) }, args)));
    after(async () => {
        for (const step of teardown) await step();
    });
}

/** Opens a new tab on `address`. */
export async function open_tab(t, context, address) {
    const tab = await context.newPage();
    t.after(() => tab.close());
    await tab.goto(address);
    return tab;
}

const wait_options = { polling: 20, timeout: deadline_ms };

/** Waits until the tab has heard `count` events, and resolves with all that it has heard by then. */
export async function heard(tab, count) {
    await tab.waitForFunction(wanted => window.heard?.length >= wanted, count, wait_options);
    return tab.evaluate(() => window.heard);
}

/** Waits until the tab has seen `count` connections, and resolves with their `connected` data. */
export async function connections(tab, count) {
    await tab.waitForFunction(wanted => window.connections?.length >= wanted, count, wait_options);
    return tab.evaluate(() => window.connections);
}

/** Waits until the tab has seen the server's `shutdown` event, and resolves with it. */
export async function shutdowns(tab) {
    await tab.waitForFunction(() => window.shutdowns?.length > 0, undefined, wait_options);
    return tab.evaluate(() => window.shutdowns);
}
