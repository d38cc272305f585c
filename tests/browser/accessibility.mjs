// What the eye sees of a page, kept for a person to look at, and what axe-core finds in it.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';

/** The test fails when axe finds a serious or critical violation, or cannot look at all. */
export async function check_accessibility(page, when) {
    await page.evaluate(axe.source);
    const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const grave = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`).join('; ')}`);
    assert.deepEqual(grave, [], when);
    assert.ok(passes.length > 10, `axe looked at ${passes.length} rules ${when}`);
}

/** Writes the whole page as an image to the directory that SCREENSHOTS names, if it names one. */
export async function screenshot(page, name) {
    const directory = process.env.SCREENSHOTS;
    if (!directory) return;
    await mkdir(directory, { recursive: true });
    await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}
