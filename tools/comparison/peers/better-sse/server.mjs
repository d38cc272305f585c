// better-sse as a server of event streams: GET /events, POST /broadcast with one event as JSON or with many as NDJSON.
// Takes a free port and says which.
import { createServer } from 'node:http';
import { createChannel, createEventBuffer, createSession } from 'better-sse';

const channel = createChannel();
const as_it_is = { serializer: data => data }; // the data are text already
const session_options = { ...as_it_is, keepAlive: null, trustClientEventId: false };

const body_of = async request => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
};

const broadcast_one = text => {
    const { type, data } = JSON.parse(text);
    channel.broadcast(data, type);
};

// What the guide on batching advises: the events are written into a buffer once, and each session sends it whole.
const broadcast_many = text => {
    const batch = createEventBuffer(as_it_is);
    for (const line of text.split('\n')) {
        if (line === '') continue;
        const { type, data } = JSON.parse(line);
        batch.push(data, type);
    }
    for (const session of channel.activeSessions) session.batch(batch);
};

const server = createServer(async (request, response) => {
    if (request.method === 'GET' && request.url === '/events') {
        channel.register(await createSession(request, response, session_options));
    } else if (request.method === 'POST' && request.url === '/broadcast') {
        const text = await body_of(request);
        if (request.headers['content-type'] === 'application/x-ndjson') broadcast_many(text);
        else broadcast_one(text);
        response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    } else {
        response.writeHead(404).end();
    }
});
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    console.log(`better-sse listening on http://127.0.0.1:${server.address().port}`);
});
process.once('SIGTERM', () => process.exit(0));
