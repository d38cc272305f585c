// Follows a stream with npm's `eventsource` and writes what comes as lines of JSON: for tests that are not written in
// JavaScript. usage: node follow.mjs URL [NAME VALUE]...     (fields for the request)
import { EventSource } from 'eventsource';

const types = ['message', 'said', 'connected', 'buffer-overflow', 'replay-start', 'replay-end', 'shutdown'];
const tell = event => console.log(JSON.stringify(event));

const [url, ...fields] = process.argv.slice(2);
const own = Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]]] : [])));
const source = new EventSource(url, {
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...own } }),
});
for (const type of types) {
    source.addEventListener(type, ({ data, lastEventId }) => tell({ type, id: lastEventId, data }));
}
// An error after which it comes back by itself is "dropped"; one that it takes as final, "closed".
source.addEventListener('error', ({ code, message }) => {
    const type = source.readyState === EventSource.CLOSED ? 'closed' : 'dropped';
    tell({ type, id: '', data: `${code ?? ''} ${message ?? ''}` });
});
