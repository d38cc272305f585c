// The live view: the last events on the stream, newest first.
import { announce, by_id, set_text } from './dom.mjs';
import { make_event_row } from './event_row.mjs';
import { as_count, in_words } from './format.mjs';
import { row_budget } from './row_budget.mjs';

const most_events = 200;
const most_characters = 8 << 20;
const show_every_ms = 250;

/** The newest entries, limited in number and size. */
export class bounded_list {
    entries = [];
    #characters = 0;

    /** Adds an entry with `data`, and returns those that were removed to make room. */
    push(entry) {
        this.entries.push(entry);
        this.#characters += entry.data.length;
        const gone = [];
        while (this.entries.length > most_events || (this.#characters > most_characters && this.entries.length > 1)) {
            const oldest = this.entries.shift();
            this.#characters -= oldest.data.length;
            gone.push(oldest);
        }
        return gone;
    }

    /** Removes and returns all entries. */
    take() {
        const all = this.entries;
        this.entries = [];
        this.#characters = 0;
        return all;
    }
}

/** Whether a type passes a filter: parts of types, separated by commas. */
export function passes(filter, type) {
    const wanted = filter.split(',').map(part => part.trim().toLowerCase()).filter(part => part !== '');
    return wanted.length === 0 || wanted.some(part => type.toLowerCase().includes(part));
}

/** The time of an event: for a replayed one the time of publishing, from its comment; otherwise now. */
function time_of({ replayed, comment }) {
    const published = replayed ? Date.parse(comment.replace(/^replayed /, '')) : NaN;
    return new Date(Number.isNaN(published) ? Date.now() : published);
}

export class event_view {
    #list = by_id('event-list');
    #filter = by_id('event-filter');
    #pause = by_id('event-pause');
    #on_pause;
    #budget = new row_budget();
    #shown = new bounded_list();
    #pending = new bounded_list();
    #seen = 0;
    #passed_over = 0;
    #filtered_out = 0;
    #missed = 0;
    #missed_uncounted = false;
    #shown_at = -Infinity;
    #scheduled = false;
    #paused = false;
    #empty = by_id('event-empty');
    #waits_for_token = false;
    #stopped = '';
    /** How many events the server has published, now and when the view was paused. */
    #published;
    #published_then;

    /** `on_pause(paused)` must stop whatever calls `add`, or let it continue. */
    constructor(on_pause) {
        this.#on_pause = on_pause;
        this.#filter.addEventListener('input', () => this.#apply_filter());
        this.#pause.addEventListener('click', () => this.#set_paused(!this.#paused));
        by_id('event-clear').addEventListener('click', () => this.#clear());
        this.#show_counts();
    }

    /** Adds an event of the stream; `replayed` says that it came late. */
    add(event) {
        ++this.#seen;
        if (passes(this.#filter.value, event.type)) {
            this.#passed_over += this.#pending.push({ ...event, time: time_of(event) }).length;
        } else {
            ++this.#filtered_out;
        }
        if (this.#scheduled) return;
        this.#scheduled = true;
        setTimeout(() => this.#show(), Math.max(0, this.#shown_at + show_every_ms - performance.now()));
    }

    /** While the view was paused, this many events came that were not replayed; null if their number is unknown. */
    miss(count) {
        this.#missed += count ?? 0;
        this.#missed_uncounted ||= count === null;
        this.#show_counts();
    }

    /** Takes how many events the server has published, to count those that a paused view does not fetch. */
    set published(count) {
        this.#published = count;
        this.#published_then ??= count;
        if (this.#paused) this.#show_counts();
    }

    /** Whether the stream waits for the user to give a token. */
    set waits_for_token(waits) {
        this.#waits_for_token = waits;
        this.#show_counts();
    }

    /** Why there will be no stream; empty if there is or will be one. */
    set stopped(reason) {
        this.#stopped = reason;
        this.#show_counts();
    }

    #show() {
        this.#scheduled = false;
        this.#shown_at = performance.now();
        const waiting = this.#pending.take();
        const granted = this.#budget.take(waiting.length);
        this.#passed_over += waiting.length - granted;
        const rows = document.createDocumentFragment();
        for (const entry of waiting.slice(waiting.length - granted)) {
            entry.row = make_event_row(entry);
            entry.row.hidden = !passes(this.#filter.value, entry.type);
            rows.prepend(entry.row);
            for (const { row } of this.#shown.push(entry)) row.remove();
        }
        this.#list.prepend(rows);
        this.#show_counts();
    }

    #set_paused(paused) {
        this.#paused = paused;
        this.#published_then = this.#published;
        this.#pause.setAttribute('aria-pressed', String(paused));
        announce(paused ? 'The view is paused' : 'The view goes on');
        this.#on_pause(paused);
        this.#show_counts();
    }

    #apply_filter() {
        for (const { row, type } of this.#shown.entries) row.hidden = !passes(this.#filter.value, type);
        this.#show_counts();
    }

    #clear() {
        for (const { row } of this.#shown.take()) row.remove();
        this.#pending.take();
        this.#seen = this.#passed_over = this.#filtered_out = this.#missed = 0;
        this.#missed_uncounted = false;
        this.#show_counts();
    }

    #show_counts() {
        const number = value => in_words(as_count(value));
        const since = this.#published === undefined ? 'paused' : `paused · about ${number(Math.max(0, this.#published - this.#published_then))} published since`;
        set_text(by_id('event-waiting'), this.#paused ? since : '');
        const counts = [`${number(this.#seen)} seen`];
        if (this.#filtered_out > 0) counts.push(`${number(this.#filtered_out)} filtered out`);
        if (this.#passed_over > 0) counts.push(`${number(this.#passed_over)} passed too quickly to be shown`);
        if (this.#missed > 0) counts.push(`${number(this.#missed)}${this.#missed_uncounted ? ' and more' : ''} missed while paused`);
        else if (this.#missed_uncounted) counts.push('some missed while paused');
        set_text(by_id('event-counts'), counts.join(' · '));
        const none = this.#stopped ? `No stream of events: ${this.#stopped}.` : 'No event to show yet.';
        set_text(this.#empty, this.#waits_for_token ? 'Waiting for the subscribe token.' : none);
        this.#empty.hidden = this.#shown.entries.some(({ row }) => !row.hidden);
    }
}
