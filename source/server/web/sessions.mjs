// The table of sessions: a page of GET /sessions, asked for anew while somebody looks.
import { announce, by_id, make, set_text } from './dom.mjs';
import { short_id } from './format.mjs';
import { problem_of } from './problem.mjs';
import { columns, session_row } from './session_row.mjs';

const page_size = 25;
const refresh_every_ms = 2000;

export class session_table {
    #options;
    #rows = new Map();
    /** What the server said last; undefined before it has. */
    #sessions;
    /** Where this page of the list and those before it begin. */
    #begins = [''];
    #next = null;
    #timer;
    #asking = false;
    #ask_again = false;
    #to_forget = '';

    /** `tokens` sends requests; `own_session()`, `chosen()` and `clock_offset()` tell what rows show; `choose(id,
     *  is_chosen)` is called when a row is. */
    constructor(options) {
        this.#options = options;
        const head = columns.map(column => make('th', { role: 'columnheader', scope: 'col' }, column));
        head.push(make('th', { role: 'columnheader', scope: 'col' }, make('span', { class: 'visually-hidden' }, 'Actions')));
        by_id('session-head').append(...head);
        by_id('sessions-first').addEventListener('click', () => this.#go(['']));
        by_id('sessions-previous').addEventListener('click', () => this.#go(this.#begins.slice(0, -1)));
        by_id('sessions-next').addEventListener('click', () => this.#go([...this.#begins, this.#next]));
        by_id('forget-cancel').addEventListener('click', () => by_id('forget-dialog').close());
        by_id('forget-confirm').addEventListener('click', () => {
            by_id('forget-dialog').close();
            this.#forget(this.#to_forget);
        });
        document.addEventListener('visibilitychange', () => this.refresh());
    }

    /** Whether the server has the route that disconnects. */
    can_disconnect = true;

    /** Asks now, and then every two seconds; not at all while the page is hidden. */
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
        const wait = this.#ask_again ? 0 : refresh_every_ms;
        this.#ask_again = false;
        this.#timer = setTimeout(() => this.refresh(), wait);
    }

    async #ask() {
        const after = this.#begins.at(-1);
        try {
            const answer = await this.#options.tokens.fetch('publish', `sessions?limit=${page_size}${after && `&after=${after}`}`);
            if (!answer.ok) return this.#complain(await problem_of(answer));
            const { sessions, next } = await answer.json();
            if (after !== this.#begins.at(-1)) return void (this.#ask_again = true);
            // All of a last page went away.
            if (sessions.length === 0 && after !== '') return this.#go(['']);
            this.#sessions = sessions;
            this.#next = next;
            this.#complain('');
            this.show();
        } catch {
            this.#complain('The server cannot be reached: this is what it said last.');
        }
    }

    #complain(problem) {
        set_text(by_id('sessions-problem'), problem);
        by_id('session-table').classList.toggle('stale', problem !== '');
    }

    #go(begins) {
        this.#begins = begins;
        this.refresh();
    }

    /** Shows the sessions as they were last heard of. */
    show() {
        if (!this.#sessions) return;
        const { own_session, chosen, clock_offset } = this.#options;
        const now = Date.now() + clock_offset();
        const chosen_ids = new Set(chosen());
        const table = by_id('session-table');
        const ids = new Set(this.#sessions.map(({ id }) => id));
        for (const [id, row] of this.#rows) {
            if (!ids.has(id)) this.#remove(id, row);
        }
        this.#sessions.forEach((session, i) => {
            let row = this.#rows.get(session.id);
            if (!row) {
                row = new session_row(session.id, this.#actions);
                this.#rows.set(session.id, row);
            }
            row.show(session, {
                now,
                is_own: session.id === own_session(),
                is_chosen: chosen_ids.has(session.id),
                can_disconnect: this.can_disconnect,
            });
            const there = table.tBodies[i] ?? null;
            if (there !== row.element) table.insertBefore(row.element, there);
        });
        set_text(by_id('sessions-empty'), 'There is no session.');
        by_id('sessions-empty').hidden = this.#sessions.length > 0;
        by_id('session-table').hidden = this.#sessions.length === 0;
        this.#show_pages();
    }

    #remove(id, row) {
        const had_focus = row.element.contains(document.activeElement);
        row.element.remove();
        this.#rows.delete(id);
        if (had_focus) by_id('sessions').focus();
    }

    #show_pages() {
        const page = this.#begins.length;
        by_id('session-pages').hidden = page === 1 && this.#next === null;
        by_id('sessions-first').disabled = by_id('sessions-previous').disabled = page === 1;
        by_id('sessions-next').disabled = this.#next === null;
        set_text(by_id('sessions-page'), `page ${page}`);
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
        try {
            const answer = await this.#options.tokens.fetch('publish', address, { method });
            this.#say(answer.ok ? await outcome_of(answer) : `Not done: ${await problem_of(answer)}`);
        } catch {
            this.#say('Not done: the server cannot be reached.');
        }
        this.refresh();
    }

    #say(outcome) {
        set_text(by_id('sessions-outcome'), outcome);
        announce(outcome);
    }
}
