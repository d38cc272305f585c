// The server's figures: a tile for each, with its chart.
import { line_chart } from './charts.mjs';
import { by_id, make, set_text } from './dom.mjs';
import { as_byte_rate, as_bytes, as_count, as_duration, as_microseconds, as_rate, in_words } from './format.mjs';
import { figures_of } from './rates.mjs';

/** `first` is the large figure, `second` the small one below it (drawn: it has a line in the chart too), or a `note`. */
const kinds = [
    {
        title: 'Sessions', format: as_count,
        first: { name: 'connected', key: 'connected' }, second: { name: 'buffered', key: 'buffered', drawn: true },
    },
    {
        title: 'Events', format: as_rate,
        first: { name: 'published', key: 'published' }, second: { name: 'delivered', key: 'delivered', drawn: true },
    },
    { title: 'Bytes', format: as_byte_rate, step: 1024, first: { name: 'delivered', key: 'bytes' }, note: 'on all streams' },
    { title: 'Latency', format: as_microseconds, first: { name: '', key: 'latency_us' }, note: 'publish to slowest thread' },
    {
        title: 'Memory', format: as_bytes, step: 1024,
        first: { name: 'resident', key: 'memory_bytes' },
        second: { name: 'CPU', key: 'cpu', format: value => ({ number: value === null ? '–' : (100 * value).toFixed(0), unit: '%' }) },
    },
];

class tile {
    #kind;
    #number = make('span', { class: 'number' }, '–');
    #unit = make('span', { class: 'unit' });
    #second = make('span', { class: 'value' }, '–');
    #chart;

    constructor(host, kind) {
        this.#kind = kind;
        const { title, first, second, note = '', format, step } = kind;
        const figure = make('p', { class: 'figure' }, this.#number, ' ', this.#unit);
        if (first.name) figure.append(' ', make('span', { class: second?.drawn ? 'name key-1' : 'name' }, first.name));
        const aside = make('p', { class: 'second' }, note);
        if (second) aside.append(this.#second, ' ', make('span', { class: second.drawn ? 'name key-2' : 'name' }, second.name));
        const element = make('li', { class: 'tile' }, make('h3', {}, title), figure, aside);
        this.#chart = new line_chart(element, { lines: second?.drawn ? 2 : 1, step, format: value => in_words(format(value)) });
        host.append(element);
    }

    show(figures) {
        const { first, second, format } = this.#kind;
        const value = format(figures[first.key]);
        set_text(this.#number, value.number);
        set_text(this.#unit, value.unit);
        if (second) set_text(this.#second, in_words((second.format ?? format)(figures[second.key])));
        this.#chart.push(figures[first.key], ...(second?.drawn ? [figures[second.key]] : []));
    }
}

export class tile_board {
    #tiles;
    #before;
    /** What the server's clock is ahead of this one's, in milliseconds. */
    clock_offset = 0;

    constructor() {
        this.#tiles = kinds.map(kind => new tile(by_id('tiles'), kind));
    }

    /** Shows one `stats` event's data. */
    show(stats) {
        const figures = figures_of(stats, this.#before);
        this.#before = stats;
        this.clock_offset = stats.time - Date.now();
        for (const each of this.#tiles) each.show(figures);
        set_text(by_id('uptime'), `up ${as_duration(1000 * stats.uptime_seconds)}`);
    }

    /** Whether what is shown is old, because the stream that brings it is away. */
    set stale(is_stale) {
        by_id('tiles').classList.toggle('stale', is_stale);
    }
}
