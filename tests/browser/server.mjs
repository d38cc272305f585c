// Starts the sluice binary named by SLUICE_BINARY on a free loopback port and ends it with the test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const start_deadline_ms = 20_000;
const stop_deadline_ms = 20_000;
const ready_line = /^sluice listening on (http:\/\/127\.0\.0\.1:\d+)$/;

/** Rejects with `what` when `promise` has not settled within `ms`. */
export function within(ms, promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Starts a server with `options` that listens on `address` and waits for its ready line. Its clients are closed by
 * what is given to `at_end`. With `--operations-listen` among the options that listener is `operations_url`.
 * `t` is the test (or the suite's context) after which the server is ended; the test fails when the
 * server does not then exit with status 0, as it must on SIGTERM.
 */
export async function start_server(t, options = [], address = '127.0.0.1:0') {
    const binary = process.env.SLUICE_BINARY;
    assert.ok(binary, 'SLUICE_BINARY must name the server to test');
    const child = spawn(binary, ['--listen', address, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    let log = '';
    child.stderr.setEncoding('utf8').on('data', text => (log += text));
    // 'close' and not 'exit': by then everything that the server wrote to standard error was read.
    const ended = new Promise(resolve => {
        child.once('close', (code, signal) => resolve({ code, signal }));
        child.once('error', error => resolve({ code: null, signal: null, error }));
    });
    const ended_early = ended.then(end => {
        throw new Error(`server ended early: ${JSON.stringify(end)} ${end.error ?? ''}\n${log}`);
    });
    ended_early.catch(() => {});

    let draining = false;
    /** Asks for a drain if the server still runs and was not asked, and holds it to an exit with status 0. */
    const stop = async () => {
        // A second signal would cut the drain off, or meet a process that no longer handles it.
        if (!draining) child.kill('SIGTERM');
        try {
            const end = await within(stop_deadline_ms, ended, 'exit after SIGTERM');
            assert.deepEqual(end, { code: 0, signal: null }, `server's end; its log:\n${log}`);
        } finally {
            kill();
        }
    };
    // The clients are closed after the server: it is to end well with streams open. And they are closed even if it
    // does not, for one that goes on reconnecting would keep the test's process alive.
    const closers = [];
    t.after(async () => {
        try {
            await stop();
        } finally {
            process.off('exit', kill);
            for (const close of closers) await close();
        }
    });

    const listeners = 1 + options.filter(option => option === '--operations-listen').length;
    const urls = [];
    const ready = new Promise(resolve => {
        createInterface({ input: child.stdout }).on('line', line => {
            const match = ready_line.exec(line);
            if (match && urls.push(match[1]) === listeners) resolve({ url: urls[0], port: Number(new URL(urls[0]).port), operations_url: urls[1] });
        });
    });
    const where = await within(start_deadline_ms, Promise.race([ready, ended_early]), 'ready line');
    return { ...where, stop, signal: name => child.kill(name), at_end: close => closers.push(close) };
}
