// The table of sessions: GET /sessions, refreshed while the page is visible, searched, sorted and shown in pages.
import { announce, by_id, notice, set_text } from './dom.mjs';
import { as_count, in_words, short_id } from './format.mjs';
import { problem_of } from './problem.mjs';
import { fetch_sessions, found, sorted } from './session_list.mjs';
import { session_order } from './session_order.mjs';
import { session_row } from './session_row.mjs';

const page_size = 25;
const refresh_every_ms = 2000;
/** For a list that takes more than one request. */
const refresh_long_list_every_ms = 10_000;

export class session_table {
    #options;
    #rows = new Map();
    /** The server's last answer; undefined before the first. */
    #sessions;
    #is_whole = true;
    #order;
    /** The ids in the order in which they were last shown. */
    #ranks = new Map();
    #page = 0;
    #timer;
    #asking = false;
    #ask_again = false;
    #to_forget = '';
    #outcome = new notice(by_id('sessions-outcome'));

    /** `tokens` sends requests; `own_session()`, `chosen()`, `total()` and `clock_offset()` tell what is shown;
     *  `choose(id, is_chosen)` is called when a row is. */
    constructor(options) {
        this.#options = options;
        this.#order = new session_order(() => {
            this.#ranks.clear();
            this.#go(0);
        });
        by_id('session-search').addEventListener('input', () => this.#go(0));
        by_id('sessions-first').addEventListener('click', () => this.#go(0));
        by_id('sessions-previous').addEventListener('click', () => this.#go(this.#page - 1));
        by_id('sessions-next').addEventListener('click', () => this.#go(this.#page + 1));
        by_id('forget-cancel').addEventListener('click', () => by_id('forget-dialog').close());
        by_id('forget-confirm').addEventListener('click', () => {
            by_id('forget-dialog').close();
            this.#forget(this.#to_forget);
        });
        document.addEventListener('visibilitychange', () => this.refresh());
    }

    /** Sets whether the server has the route for disconnecting. */
    can_disconnect = true;

    /** Whether the list waits for the user to give a token. */
    set waits_for_token(waits) {
        if (waits) this.#complain('');
        if (waits || !this.#sessions) set_text(by_id('sessions-empty'), waits ? 'Waiting for the publish token.' : 'The list has not come yet.');
    }

    /** Fetches the list now and then every few seconds, but not while the page is hidden. */
    async refresh() {
        clearTimeout(this.#timer);
        if (document.hidden) return;
        if (this.#asking) {
            this.#ask_again = true;
            return;
        }
        this.#asking = true;
        await this.#ask();
        this.#asking = false;
        const is_long = this.#sessions?.length > 1000;
        const wait = this.#ask_again ? 0 : is_long ? refresh_long_list_every_ms : refresh_every_ms;
        this.#ask_again = false;
        this.#timer = setTimeout(() => this.refresh(), wait);
    }

    async #ask() {
        try {
            const answer = await fetch_sessions(address => this.#options.tokens.fetch('publish', address));
            if (answer.refusal) return this.#complain(await problem_of(answer.refusal));
            this.#sessions = answer.sessions;
            this.#is_whole = answer.is_whole;
            this.#complain('');
            this.show();
        } catch {
            this.#complain(this.#sessions ? 'The server cannot be reached: this is what it said last.' : 'The server cannot be reached.');
        }
    }

    #complain(problem) {
        set_text(by_id('sessions-problem'), problem);
        by_id('session-table').classList.toggle('stale', problem !== '');
    }

    #go(page) {
        this.#page = page;
        this.show();
        this.refresh();
    }

    /** The sessions to show, in order. While the pointer is on a row, the rows stay where they are; otherwise a button
     *  could belong to another session by the time it is pressed. */
    #in_order() {
        const all = sorted(found(this.#sessions, by_id('session-search').value), this.#order.by);
        const is_held = by_id('session-table').matches(':is(:has(tbody:hover), :has(tbody :focus))');
        if (is_held && this.#order.by.column !== 'Session') {
            const rank = ({ id }) => this.#ranks.get(id) ?? Infinity;
            all.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
        }
        this.#ranks = new Map(all.map(({ id }, i) => [id, i]));
        return all;
    }

    /** Shows the sessions of the last answer. */
    show() {
        if (!this.#sessions) return;
        const { own_session, chosen, clock_offset } = this.#options;
        const now = Date.now() + clock_offset();
        const chosen_ids = new Set(chosen());
        const all = this.#in_order();
        this.#page = Math.max(0, Math.min(this.#page, Math.ceil(all.length / page_size) - 1));
        const shown = all.slice(this.#page * page_size, (this.#page + 1) * page_size);
        this.#place(shown.map(({ id }) => id));
        for (const session of shown) {
            this.#rows.get(session.id).show(session, {
                now,
                is_own: session.id === own_session(),
                is_chosen: chosen_ids.has(session.id),
                can_disconnect: this.can_disconnect,
            });
        }
        set_text(by_id('sessions-empty'), this.#sessions.length > 0 ? 'No session matches the search.' : 'There is no session.');
        by_id('sessions-empty').hidden = all.length > 0;
        by_id('session-table').hidden = all.length === 0;
        this.#show_pages(all.length);
    }

    /** Puts a row for each id into the table, in this order. Rows that stay keep the focus. */
    #place(ids) {
        const table = by_id('session-table');
        const focused = document.activeElement;
        const had_focus = table.tBodies.length > 0 && [...table.tBodies].some(body => body.contains(focused));
        for (const [id, row] of this.#rows) {
            if (ids.includes(id)) continue;
            row.element.remove();
            this.#rows.delete(id);
        }
        ids.forEach((id, i) => {
            if (!this.#rows.has(id)) this.#rows.set(id, new session_row(id, this.#actions));
            const { element } = this.#rows.get(id);
            const there = table.tBodies[i] ?? null;
            if (there !== element) table.insertBefore(element, there);
        });
        if (!had_focus || document.activeElement === focused) return;
        if (focused.isConnected) focused.focus();
        else by_id('sessions').focus();
    }

    #show_pages(count) {
        const number = value => in_words(as_count(value));
        const { length } = this.#sessions;
        const pages = Math.max(1, Math.ceil(count / page_size));
        const first = this.#page * page_size + 1;
        by_id('session-pages').hidden = pages === 1;
        by_id('sessions-first').disabled = by_id('sessions-previous').disabled = this.#page === 0;
        by_id('sessions-next').disabled = this.#page + 1 === pages;
        set_text(by_id('sessions-page'), `page ${this.#page + 1} of ${number(pages)} · ${number(first)}–${number(Math.min(count, first + page_size - 1))} of ${number(count)}`);
        const total = Math.max(length, this.#options.total() ?? 0);
        const all = this.#is_whole ? `${number(length)} in all` : `the first ${number(length)} by id, of ${number(total)}`;
        const is_searched = by_id('session-search').value.trim() !== '';
        const own = this.#is_whole && !is_searched ? ", this page's own view of events included" : '';
        set_text(by_id('sessions-count'), `${is_searched ? `${number(count)} found · ` : ''}${all}${own}`);
    }

    #actions = {
        choose: (id, is_chosen) => this.#options.choose(id, is_chosen),
        disconnect: id => this.#disconnect(id),
        forget: id => {
            this.#to_forget = id;
            set_text(by_id('forget-id'), id);
            by_id('forget-dialog').showModal();
        },
    };

    async #disconnect(id) {
        await this.#do('POST', `disconnect?session=${id}`, async answer => {
            const { disconnected } = await answer.json();
            const what = disconnected ? 'is disconnected; it can resume' : 'had no connection';
            return `Session ${short_id(id)} ${what}.`;
        });
    }

    async #forget(id) {
        await this.#do('DELETE', `sessions/${id}`, () => `Session ${short_id(id)} is forgotten.`);
    }

    async #do(method, address, outcome_of) {
        this.#outcome.clear();
        try {
            const answer = await this.#options.tokens.fetch('publish', address, { method });
            if (answer.ok) this.#say('outcome', await outcome_of(answer));
            else this.#say('outcome bad', `Not done: ${await problem_of(answer)}`);
        } catch {
            this.#say('outcome bad', 'Not done: the server cannot be reached.');
        }
        this.refresh();
    }

    #say(kind, text) {
        this.#outcome.say(kind, text);
        announce(text);
    }
}
