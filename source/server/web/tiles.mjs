// The server's figures: a tile for each, with its chart.
import { line_chart } from './charts.mjs';
import { by_id, make, set_text } from './dom.mjs';
import { as_byte_rate, as_bytes, as_count, as_duration, as_microseconds, as_rate, in_words } from './format.mjs';
import { figures_of, missing_seconds } from './rates.mjs';

const share_format = value => ({ number: value === null ? '–' : (100 * value).toFixed(0), unit: '%' });

/** `first` is the large figure. Below it is `second`, a small one (which has a line in the chart too if it is drawn), or a
 *  `note`, which `note_of` may compute from the chart. */
const kinds = [
    {
        title: 'Sessions', format: as_count,
        first: { name: 'connected', key: 'connected' }, second: { name: 'buffered', key: 'buffered', drawn: true },
    },
    { title: 'Published', format: as_rate, first: { name: '', key: 'published' }, note: 'events, by publishers' },
    { title: 'Delivered', format: as_rate, first: { name: '', key: 'delivered' }, note: 'events, on all streams' },
    { title: 'Bytes', format: as_byte_rate, step: 1024, first: { name: '', key: 'bytes' }, note: 'on all streams' },
    {
        title: 'Latency', format: as_microseconds, first: { name: '', key: 'latency_us' },
        // There is one probe a second: the quantiles are over the two minutes shown, and are not those of any client.
        note_of: (chart, format) => `95 % of probes ≤ ${in_words(format(chart.quantile(0.95)))}`,
        hint: 'Once a second an event is published to the server itself; this is how long it took to the slowest thread.',
    },
    {
        title: 'Memory', format: as_bytes, step: 1024,
        first: { name: 'resident', key: 'memory_bytes' }, second: { name: 'CPU', key: 'cpu', format: share_format },
    },
];

class tile {
    #kind;
    #number = make('span', { class: 'number' }, '–');
    #unit = make('span', { class: 'unit' });
    #second = make('span', { class: 'value' }, '–');
    #aside;
    #chart;

    constructor(host, kind) {
        this.#kind = kind;
        const { title, first, second, note = '', hint = '', format, step } = kind;
        const figure = make('p', { class: 'figure' }, this.#number, ' ', this.#unit);
        if (first.name) figure.append(' ', make('span', { class: second?.drawn ? 'name key-1' : 'name' }, first.name));
        this.#aside = make('p', { class: 'second' }, note);
        if (second) this.#aside.append(this.#second, ' ', make('span', { class: second.drawn ? 'name key-2' : 'name' }, second.name));
        const element = make('li', { class: 'tile', title: hint }, make('h3', {}, title), figure, this.#aside);
        const names = second?.drawn ? [first.name, second.name] : [title];
        this.#chart = new line_chart(element, { title, names, step, format: value => in_words(format(value)) });
        host.append(element);
    }

    show(time, figures) {
        const { first, second, format, note_of } = this.#kind;
        const value = format(figures[first.key]);
        set_text(this.#number, value.number);
        set_text(this.#unit, value.unit);
        if (second) set_text(this.#second, in_words((second.format ?? format)(figures[second.key])));
        this.skip(time, figures);
        if (note_of) set_text(this.#aside, note_of(this.#chart, format));
    }

    /** Adds a point only, with null for each missing figure. */
    skip(time, figures = {}) {
        const { first, second } = this.#kind;
        this.#chart.push(time, figures[first.key] ?? null, ...(second?.drawn ? [figures[second.key] ?? null] : []));
    }
}

export class tile_board {
    #tiles;
    #before;
    /** How far the server's clock is ahead of this one, in milliseconds. */
    clock_offset = 0;
    /** How many sessions there are, connected or buffered; undefined before the first numbers. */
    sessions;

    constructor() {
        this.#tiles = kinds.map(kind => new tile(by_id('tiles'), kind));
    }

    /** Shows one `stats` event's data. */
    show(stats) {
        const figures = figures_of(stats, this.#before);
        // The charts move on each second even while no numbers arrive.
        for (const time of missing_seconds(this.#before?.time, stats.time)) {
            for (const each of this.#tiles) each.skip(time);
        }
        this.#before = stats;
        this.sessions = stats.total_sessions;
        this.clock_offset = stats.time - Date.now();
        for (const each of this.#tiles) each.show(stats.time, figures);
        set_text(by_id('uptime'), `up ${as_duration(1000 * stats.uptime_seconds)}`);
    }

    /** Sets whether the figures are old, because their stream is interrupted. */
    set stale(is_stale) {
        by_id('tiles').classList.toggle('stale', is_stale);
    }
}
