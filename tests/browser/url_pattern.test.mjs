// URL Patterns as Chromium's own URLPattern judges them: a table of patterns and topics, and what the library and the
// browser say of each. Where they differ, the table says why; a difference that is none any more fails too.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { share_browser } from './browser.mjs';

const file = new URL('../url_pattern/cases.json', import.meta.url);
const guide_page = new URL('../../source/guide/url_patterns.md', import.meta.url);

/** The browser's verdicts, in the order of the cases. The base is for patterns that are none without it. */
function judge(groups) {
    const compile = (pattern, base) => {
        try {
            return new URLPattern(pattern);
        } catch {
            return new URLPattern(pattern, base);
        }
    };
    const verdict = (pattern, topics, base) => {
        let compiled;
        try {
            compiled = compile(pattern, base);
        } catch (error) {
            return { error: error.message, matches: [] };
        }
        const matches = topics.map(topic => (topic.startsWith('/') ? compiled.test(topic, base) : compiled.test(topic)));
        return { error: null, matches };
    };
    return groups.flatMap(({ base, cases }) => cases.map(([pattern, ...topics]) => verdict(pattern, topics, base)));
}

const said = (verdict, i) => (verdict.error !== null ? `refuses the pattern: ${verdict.error}` : i === undefined ? 'takes the pattern' : verdict.matches[i] ? 'matches' : 'does not match');

/** The differences between two verdicts on a case, by the case's key. */
function differences([pattern, ...topics], ours, theirs) {
    const tell = i => `the library ${said(ours, i)}, the browser ${said(theirs, i)}`;
    if ((ours.error === null) !== (theirs.error === null)) return [[JSON.stringify([pattern]), tell()]];
    if (ours.error !== null) return [];
    return topics.flatMap((topic, i) => (ours.matches[i] === theirs.matches[i] ? [] : [[JSON.stringify([pattern, topic]), tell(i)]]));
}

describe('url_pattern', () => {
    let context;
    share_browser(started => (context = started));

    test('each pattern and topic of the table is judged as the browser judges it', async t => {
        const table = JSON.parse(await readFile(file, 'utf8'));
        const cases = table.groups.flatMap(group => group.cases);
        const { stdout } = await promisify(execFile)(process.env.URL_PATTERN_VERDICTS, [file.pathname], { maxBuffer: 1 << 26 });
        const ours = JSON.parse(stdout);
        const page = await context.newPage();
        t.after(() => page.close());
        const theirs = await page.evaluate(judge, table.groups);
        assert.equal(ours.length, cases.length);
        assert.equal(theirs.length, cases.length);

        const found = new Map(cases.flatMap((one, i) => differences(one, ours[i], theirs[i])));
        const known = new Set(table.differences.flatMap(group => group.cases.map(one => JSON.stringify(one))));
        const unknown = [...found].filter(([key]) => !known.has(key)).map(([key, what]) => `${key}: ${what}`);
        assert.deepEqual(unknown, [], 'differences that the table does not explain');
        assert.deepEqual([...known].filter(key => !found.has(key)), [], 'differences that are none');

        // What the guide shows is in the table, and as the guide says.
        const guide = await readFile(guide_page, 'utf8');
        const quoted = cell => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
        const rows = guide.split('## Time and memory')[0].match(/^\| `.*$/gm).map(row => row.split('|').slice(1, 4).map(quoted));
        assert.ok(rows.length > 5);
        for (const [[pattern], matching, other] of rows) {
            const at = cases.findIndex(one => one[0] === pattern && one.length === 1 + matching.length + other.length);
            assert.deepEqual(cases[at], [pattern, ...matching, ...other]);
            assert.deepEqual(theirs[at].matches, [...matching.map(() => true), ...other.map(() => false)], pattern);
        }

        // That the table asks for something: patterns taken and refused, topics matched and not.
        const verdicts = theirs.flatMap(({ matches }) => matches);
        const refused = theirs.filter(({ error }) => error !== null).length;
        for (const count of [refused, cases.length - refused, verdicts.filter(Boolean).length, verdicts.filter(v => !v).length]) {
            assert.ok(count > 100, `${count}`);
        }
    });
});
