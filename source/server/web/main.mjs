// The page: two of the server's streams and the views that they feed. All addresses are relative, so that a proxy can
// serve the page under any path.
import { by_id, set_text } from './dom.mjs';
import { event_view } from './events.mjs';
import { publish_form } from './publish.mjs';
import { session_table } from './sessions.mjs';
import { event_stream } from './stream.mjs';
import { stream_status } from './stream_status.mjs';
import { tile_board } from './tiles.mjs';
import { topic_table } from './topics.mjs';
import { token_desk } from './tokens.mjs';
import { watch_form } from './watch.mjs';

/** The numbers arrive every second. */
const silence_ms = 15_000;

const tokens = new token_desk(wanted => {
    events_status.waits_for_token = wanted.has('subscribe');
    numbers_status.waits_for_token = table.waits_for_token = form.waits_for_token = wanted.has('publish');
    view.waits_for_token = wanted.has('subscribe');
});
const tiles = new tile_board();
const view = new event_view(paused => (events.paused = paused));
const table = new session_table({
    tokens,
    own_session: () => events.session,
    chosen: () => form.chosen,
    choose: (id, is_chosen) => form.choose(id, is_chosen),
    total: () => tiles.sessions,
    clock_offset: () => tiles.clock_offset,
});
const form = new publish_form(tokens, () => table.show());

const events_status = new stream_status('events', 'subscribe');
const events = new event_stream({
    address: 'events',
    get: (address, init) => tokens.fetch('subscribe', address, init),
    on_event: event => view.add(event),
    on_missed: count => view.miss(count),
    on_change: stream => {
        events_status.show(stream);
        view.stopped = stream.state === 'stopped' ? stream.reason : '';
    },
});

const watching = new watch_form(address => (events.address = address));
const topics = new topic_table({
    tokens,
    clock_offset: () => tiles.clock_offset,
    watch: topic => watching.watch(topic),
    publish: topic => form.address_to(topic),
});

const numbers_status = new stream_status('numbers', 'publish');
const numbers = new event_stream({
    address: 'stats/stream',
    get: (address, init) => tokens.fetch('publish', address, init),
    silence_ms,
    on_event: event => event.type === 'stats' && show_numbers(JSON.parse(event.data)),
    on_change: stream => {
        numbers_status.show(stream);
        tiles.stale = stream.state !== 'connected';
        // It may be a restarted server with other options.
        if (stream.state === 'connected') look_for_routes();
    },
});

function show_numbers(stats) {
    tiles.show(stats);
    view.published = stats.events_published;
}

/** Some servers do not publish over HTTP, or not at this address. Asking for a route's methods needs no token. */
async function look_for_routes() {
    const is_there = async address => {
        const answer = await fetch(address, { method: 'OPTIONS', credentials: 'omit' }).catch(() => undefined);
        return answer && answer.status !== 404;
    };
    const publishes = await is_there('broadcast');
    if (publishes === undefined) return;
    form.available = table.can_disconnect = publishes;
    table.show();
    topics.available = (await is_there('presence')) ?? false;
}

function set_up_theme() {
    const system_is_dark = matchMedia('(prefers-color-scheme: dark)');
    const root = document.documentElement;
    const is_dark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system_is_dark.matches);
    const show = () => set_text(by_id('theme'), is_dark() ? 'Light colours' : 'Dark colours');
    by_id('theme').addEventListener('click', () => {
        root.dataset.theme = is_dark() ? 'light' : 'dark';
        show();
    });
    system_is_dark.addEventListener('change', show);
    show();
}

set_up_theme();
set_text(by_id('host'), location.host);
events_status.show(events);
numbers_status.show(numbers);
events.run();
numbers.run();
table.refresh();
