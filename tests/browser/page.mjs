// The page that the browser tests open, and the small server that it comes from. The page keeps all that it hears
// in its tab's sessionStorage, so that nothing is forgotten across a reload.
import http from 'node:http';

/** Runs in the browser. `query` names the stream, and whether it is another origin's. */
function listen_to_stream() {
    const query = new URLSearchParams(location.search);
    const heard = JSON.parse(sessionStorage.getItem('heard') ?? '[]');
    const connections = JSON.parse(sessionStorage.getItem('connections') ?? '[]');
    window.heard = heard;
    window.connections = connections;
    window.shutdowns = [];

    let address = query.get('stream');
    if (query.has('keep_position') && heard.length > 0) {
        address += `${address.includes('?') ? '&' : '?'}lastEventID=${encodeURIComponent(heard.at(-1).id)}`;
    }
    const source = new EventSource(address, { withCredentials: query.has('with_credentials') });
    const hear = ({ type, data, lastEventId }) => {
        heard.push({ type, data, id: lastEventId });
        sessionStorage.setItem('heard', JSON.stringify(heard));
    };
    for (const type of ['message', ...query.getAll('type')]) source.addEventListener(type, hear);
    source.addEventListener('connected', event => {
        connections.push(JSON.parse(event.data));
        sessionStorage.setItem('connections', JSON.stringify(connections));
    });
    source.addEventListener('shutdown', event => window.shutdowns.push({ data: event.data, id: event.lastEventId }));
    window.source = source;
}

// gate.js blocks the page's own script: while the gate is shut a loading page has no stream yet.
const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>stream</title>
<script src="/gate.js"></script>
<script>(${listen_to_stream})()</script>
`;

/** A gate that requests pass one after another; `shut` makes those that come wait for the function it returns. */
class gate {
    #open = Promise.resolve();

    shut() {
        let open;
        this.#open = new Promise(resolve => (open = resolve));
        return open;
    }

    pass() {
        return this.#open;
    }
}

/** Passes `GET /events` on to the server: for a page, the stream is then of its own origin. */
function forward(request, response, target) {
    const onward = http.get(`${target.url}${request.url}`, { agent: false, headers: request.headers }, answer => {
        response.writeHead(answer.statusCode, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
        // An answer that breaks off must break off for the browser too, and not end well.
        answer.once('aborted', () => response.destroy());
    });
    onward.once('error', () => response.destroy());
    response.once('close', () => onward.destroy());
}

/**
 * Serves the page on a free port of its own. `address(options)` is the page's address; set `stream_server` before a
 * page is opened. `script_gate` holds pages that load, `stream_gate` streams that are forwarded.
 */
export async function start_page_server(t) {
    const pages = { script_gate: new gate(), stream_gate: new gate(), stream_server: undefined };
    const server = http.createServer(async (request, response) => {
        const { pathname } = new URL(request.url, 'http://page');
        if (pathname === '/events') {
            await pages.stream_gate.pass();
            return forward(request, response, pages.stream_server);
        }
        if (pathname === '/gate.js') await pages.script_gate.pass();
        const is_script = pathname === '/gate.js';
        const headers = { 'Content-Type': is_script ? 'text/javascript' : 'text/html; charset=utf-8', 'Cache-Control': 'no-store' };
        response.writeHead(200, headers).end(is_script ? '' : html);
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
        server.closeAllConnections();
        return new Promise(resolve => server.close(resolve));
    });
    pages.origin = `http://127.0.0.1:${server.address().port}`;

    // `types` are those that the page listens to, `query` is the stream's.
    pages.address = ({ cross_origin = true, session, types = [], keep_position = false, query: asked = '' }) => {
        const stream = `/events?${session ? `session=${session}&` : ''}${asked}`;
        const query = new URLSearchParams({ stream: cross_origin ? pages.stream_server.url + stream : stream });
        if (cross_origin) query.set('with_credentials', '');
        if (keep_position) query.set('keep_position', '');
        for (const type of types) query.append('type', type);
        return `${pages.origin}/?${query}`;
    };
    return pages;
}
