// The live view: the last events that passed, newest first.
import { announce, by_id, make, set_text } from './dom.mjs';
import { as_bytes, as_time, in_words } from './format.mjs';

const most_events = 200;
const most_characters = 8 << 20;
const longest_preview = 240;
const show_every_ms = 100;

/** The newest entries, so many and so large at most. */
export class bounded_list {
    entries = [];
    #characters = 0;

    /** Adds an entry with `data`, and returns those that had to go for it. */
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

    /** Takes all entries out. */
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

/** A replayed event has the time of its publishing in a comment; any other came just now. */
function time_of({ replayed, comment }) {
    const published = replayed ? Date.parse(comment.replace(/^replayed /, '')) : NaN;
    return new Date(Number.isNaN(published) ? Date.now() : published);
}

function make_row({ time, id, type, data, replayed }) {
    const preview = data.length > longest_preview ? `${data.slice(0, longest_preview)}…` : data;
    const summary = make('summary', {},
        make('time', { datetime: time.toISOString() }, as_time(time)),
        make('span', { class: 'id', title: id }, id),
        make('span', { class: 'type', title: type }, type),
        make('span', { class: 'data' }, preview));
    if (replayed) summary.append(make('span', { class: 'badge' }, 'replayed'));
    const details = make('details', {}, summary);
    // What may be a megabyte is in the document only once it is asked for.
    details.addEventListener('toggle', () => {
        if (!details.open || details.childElementCount > 1) return;
        const facts = `${type} · id ${id || 'none'} · ${in_words(as_bytes(new TextEncoder().encode(data).length))}`;
        details.append(make('p', { class: 'facts' }, facts), make('pre', { tabindex: '0', 'aria-label': 'Data' }, data));
    });
    return make('li', {}, details);
}

export class event_view {
    #list = by_id('event-list');
    #filter = by_id('event-filter');
    #pause = by_id('event-pause');
    #shown = new bounded_list();
    #pending = new bounded_list();
    #seen = 0;
    #passed_over = 0;
    #filtered_out = 0;
    #scheduled = false;
    #paused = false;

    constructor() {
        this.#filter.addEventListener('input', () => this.#apply_filter());
        this.#pause.addEventListener('click', () => this.#set_paused(!this.#paused));
        by_id('event-clear').addEventListener('click', () => this.#clear());
        this.#show_counts();
    }

    /** One event of the stream, `replayed` for those that came late. */
    add(event) {
        ++this.#seen;
        if (passes(this.#filter.value, event.type)) {
            this.#passed_over += this.#pending.push({ ...event, time: time_of(event) }).length;
        } else {
            ++this.#filtered_out;
        }
        if (this.#scheduled) return;
        this.#scheduled = true;
        setTimeout(() => {
            this.#scheduled = false;
            this.#show();
        }, show_every_ms);
    }

    #show() {
        if (!this.#paused) {
            const rows = document.createDocumentFragment();
            for (const entry of this.#pending.take()) {
                entry.row = make_row(entry);
                entry.row.hidden = !passes(this.#filter.value, entry.type);
                rows.prepend(entry.row);
                for (const { row } of this.#shown.push(entry)) row.remove();
            }
            this.#list.prepend(rows);
        }
        this.#show_counts();
    }

    #set_paused(paused) {
        this.#paused = paused;
        this.#pause.setAttribute('aria-pressed', String(paused));
        const waiting = this.#pending.entries.length;
        announce(paused ? 'The view is paused' : `The view goes on with ${waiting} new events`);
        this.#show();
    }

    #apply_filter() {
        for (const { row, type } of this.#shown.entries) row.hidden = !passes(this.#filter.value, type);
        this.#show_counts();
    }

    #clear() {
        for (const { row } of this.#shown.take()) row.remove();
        this.#pending.take();
        this.#seen = this.#passed_over = this.#filtered_out = 0;
        this.#show_counts();
    }

    #show_counts() {
        const waiting = this.#paused ? this.#pending.entries.length : 0;
        set_text(by_id('event-waiting'), this.#paused ? `${waiting} new` : '');
        const counts = [`${this.#seen} seen`];
        if (this.#filtered_out > 0) counts.push(`${this.#filtered_out} filtered out`);
        if (this.#passed_over > 0) counts.push(`${this.#passed_over} passed too quickly or while paused, not kept`);
        set_text(by_id('event-counts'), counts.join(' · '));
        by_id('event-empty').hidden = this.#shown.entries.some(({ row }) => !row.hidden);
    }
}
