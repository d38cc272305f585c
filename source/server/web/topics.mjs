// The table of topics: how many streams name each, and how often events are about it.
import { by_id, make, set_text } from './dom.mjs';
import { as_count, as_rate, in_words } from './format.mjs';
import { problem_of } from './problem.mjs';
import { fetch_streams, merged_topics, rate_span_ms, topic_rates } from './topic_list.mjs';

const topics_shown = 25;
const refresh_topics_every_ms = 4000;
/** Of the newest events, which tell the rates. */
const sample_size = 500;

/** One row. It keeps its elements, so that focus survives each refresh. */
class topic_row {
    element;
    #streams = make('td', { role: 'cell', 'data-column': 'Streams' });
    #rate = make('td', { role: 'cell', 'data-column': 'Events' });

    constructor(topic, { watch, publish }) {
        const button = (text, act) => {
            const made = make('button', { type: 'button', 'aria-label': `${text} ${topic}` }, text);
            made.addEventListener('click', () => act(topic));
            return made;
        };
        const name = make('td', { role: 'cell', 'data-column': 'Topic' }, make('code', {}, topic));
        const actions = make('td', { role: 'cell', class: 'actions' }, button('Watch', watch), ' ', button('Publish to', publish));
        this.element = make('tbody', { role: 'rowgroup' }, make('tr', { role: 'row' }, name, this.#streams, this.#rate, actions));
    }

    show({ streams, rate }) {
        set_text(this.#streams, in_words(as_count(streams)));
        set_text(this.#rate, in_words(as_rate(rate)));
    }
}

export class topic_table {
    #options;
    #rows = new Map();
    #topics = [];
    #is_whole = true;
    #has_asked = false;
    #asking = false;
    #timer;

    /** `tokens` sends requests; `clock_offset()` is how far the server's clock is ahead; `watch(topic)` and
     *  `publish(topic)` are called for the buttons of a row. */
    constructor(options) {
        this.#options = options;
        by_id('topic-search').addEventListener('input', () => this.#show());
        document.addEventListener('visibilitychange', () => this.refresh());
    }

    /** Sets whether the server tells of topics at this address. */
    set available(is_available) {
        by_id('topics').hidden = !is_available;
        if (is_available && !this.#has_asked) this.refresh();
    }

    /** Fetches the topics now and then every few seconds, but not while the page is hidden. */
    async refresh() {
        clearTimeout(this.#timer);
        if (document.hidden || by_id('topics').hidden || this.#asking) return;
        this.#asking = this.#has_asked = true;
        await this.#ask();
        this.#asking = false;
        this.#timer = setTimeout(() => this.refresh(), refresh_topics_every_ms);
    }

    async #ask() {
        const { tokens, clock_offset } = this.#options;
        try {
            const named = await fetch_streams(address => tokens.fetch_quietly(['publish', 'subscribe'], address));
            if (named.refusal) return await this.#refused(named.refusal);
            const since = Date.now() + clock_offset() - rate_span_ms;
            const sample = await tokens.fetch_quietly(['subscribe'], `history?limit=${sample_size}&since=${new Date(since).toISOString()}`);
            if (!sample.ok) return await this.#refused(sample);
            this.#topics = merged_topics(named.streams, topic_rates(await sample.json(), since));
            this.#is_whole = named.is_whole;
            this.#say('');
            this.#show();
        } catch {
            this.#say('The server cannot be reached: this is what it said last.');
        }
    }

    async #refused(answer) {
        if (answer.status !== 401) return this.#say(await problem_of(answer));
        await answer.body?.cancel();
        // What it waits for is asked for by the streams and the sessions.
        if (this.#topics.length === 0) set_text(by_id('topics-empty'), 'Waiting for a token.');
    }

    #say(problem) {
        set_text(by_id('topics-problem'), problem);
        by_id('topic-table').classList.toggle('stale', problem !== '');
    }

    #show() {
        const wanted = by_id('topic-search').value.trim().toLowerCase();
        const all = this.#topics.filter(({ topic }) => topic.toLowerCase().includes(wanted));
        const table = by_id('topic-table');
        // While the pointer is on a row, the rows stay where they are, so that no button moves away from under it.
        const is_held = table.matches(':is(:has(tbody:hover), :has(tbody :focus))');
        const shown = is_held ? all.filter(({ topic }) => this.#rows.has(topic)) : all.slice(0, topics_shown);
        this.#place(shown, is_held);
        set_text(by_id('topics-empty'), this.#topics.length > 0 ? 'No topic matches the search.' : 'No stream names a topic, and no event of the last seconds is about one.');
        by_id('topics-empty').hidden = all.length > 0;
        table.hidden = all.length === 0;
        const count = in_words(as_count(all.length));
        const some = all.length > topics_shown ? `the busiest ${topics_shown} of ${count}` : count;
        set_text(by_id('topics-count'), `${some}${wanted === '' ? '' : ' found'}${this.#is_whole ? '' : ', of more'}`);
    }

    #place(shown, is_held) {
        const names = new Set(shown.map(({ topic }) => topic));
        for (const [topic, row] of this.#rows) {
            if (names.has(topic)) continue;
            row.element.remove();
            this.#rows.delete(topic);
        }
        const table = by_id('topic-table');
        shown.forEach((each, i) => {
            if (!this.#rows.has(each.topic)) this.#rows.set(each.topic, new topic_row(each.topic, this.#options));
            const row = this.#rows.get(each.topic);
            row.show(each);
            const there = table.tBodies[i] ?? null;
            if (!is_held && there !== row.element) table.insertBefore(row.element, there);
        });
    }
}
