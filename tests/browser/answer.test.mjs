// An answer that is published word by word, as the guide's program does it, and read by two pages, one of which is
// reloaded in the middle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { open_tab, share_browser } from './browser.mjs';
import { start_server, within } from './server.mjs';

const topic = 'answer/1';
const deadline_ms = 20_000;

/** The program of the guide; what `say` gives it goes out at once. */
function start_answer(t, server) {
    const program = spawn(process.env.ANSWER_EXAMPLE, [String(server.port), topic], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => program.kill('SIGKILL'));
    let said = '';
    program.stdout.setEncoding('utf8').on('data', text => (said += text));
    return {
        say: words => program.stdin.write(`${words}\n`),
        end: async () => {
            program.stdin.end();
            const [code] = await within(deadline_ms, once(program, 'close'), 'the end of the program');
            assert.equal(code, 0);
            return JSON.parse(said);
        },
    };
}

/** Reads the answer as the guide says, and notes its end. */
const read = address => {
    window.words = [];
    window.ended = false;
    const source = new EventSource(address);
    source.onmessage = e => window.words.push(e.data);
    source.addEventListener('topic-end', e => (window.ended = JSON.parse(e.data).topic));
    window.source = source;
};

describe('answer', () => {
    let context;
    share_browser(started => (context = started));

    /** A page of the server's own origin that reads the answer, also when it is loaded again. */
    async function open_reader(t, server) {
        const tab = await open_tab(t, context, `${server.url}/healthz`);
        const address = `/events?topic=${encodeURIComponent(topic)}&since=earliest`;
        const begin = () => tab.evaluate(read, address);
        await begin();
        const holds = (what, wanted) => tab.waitForFunction(what, wanted, { polling: 20, timeout: deadline_ms });
        return {
            words: async wanted => {
                await holds(text => window.words.join(' ') === text, wanted);
            },
            whole: async wanted => {
                await holds(() => window.ended !== false);
                assert.deepEqual(await tab.evaluate(() => [window.words.join(' '), window.ended]), [wanted, topic]);
                // It asks once more, is answered 204, and gives up.
                await holds(() => window.source.readyState === EventSource.CLOSED);
                assert.equal(await tab.evaluate(() => window.words.join(' ')), wanted);
            },
            reload: async () => {
                await tab.reload();
                await begin();
            },
        };
    }

    test('comes to two pages as it is said, to one that is reloaded whole, and to whoever comes later', async t => {
        const server = await start_server(t, ['--retry', '100ms', '--threads', '2']);
        const [first, second] = [await open_reader(t, server), await open_reader(t, server)];
        const answer = start_answer(t, server);
        answer.say('A sluice');
        await first.words('A sluice');
        await second.words('A sluice');
        answer.say('lets water');
        await first.words('A sluice lets water');
        await second.reload();
        await second.words('A sluice lets water');
        answer.say('pass');
        await second.words('A sluice lets water pass');
        const whole = 'A sluice lets water pass in order.';
        answer.say('in order.');
        const published = await answer.end();
        assert.equal(published.count, 7);
        await first.whole(whole);
        await second.whole(whole);
        const late = await open_reader(t, server);
        await late.whole(whole);
    });
});
