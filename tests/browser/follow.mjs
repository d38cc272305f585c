// Follows a stream with npm's `eventsource` and writes what comes as lines of JSON: for tests that are not written in
// JavaScript. usage: node follow.mjs URL
import { EventSource } from 'eventsource';

const types = ['message', 'connected', 'buffer-overflow', 'replay-start', 'replay-end', 'shutdown'];
const tell = event => console.log(JSON.stringify(event));

const source = new EventSource(process.argv[2]);
for (const type of types) {
    source.addEventListener(type, ({ data, lastEventId }) => tell({ type, id: lastEventId, data }));
}
// An error after which it comes back by itself is "dropped"; one that it takes as final, "closed".
source.addEventListener('error', ({ code, message }) => {
    const type = source.readyState === EventSource.CLOSED ? 'closed' : 'dropped';
    tell({ type, id: '', data: `${code ?? ''} ${message ?? ''}` });
});
