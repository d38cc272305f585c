// A small line chart, hand-made of SVG: the last two minutes, one point a second, up to two lines.
import { make } from './dom.mjs';

const points = 120;
const height = 40;
const svg_namespace = 'http://www.w3.org/2000/svg';

function make_svg(tag, attributes) {
    const element = document.createElementNS(svg_namespace, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
}

/** The next of 1, 2, 5, 10, 20, 50... of a unit, of which each is `step` of the one before, that is not below the
 *  value: the scale seldom changes and is easily read. */
export function scale_top(value, step = 1000) {
    if (!(value > 1)) return 1;
    const unit = step ** Math.floor(Math.log(value) / Math.log(step) + 1e-9);
    const power = unit * 10 ** Math.floor(Math.log10(value / unit) + 1e-9);
    return [1, 2, 5, 10].map(factor => factor * power).find(top => top >= value);
}

/** SVG path commands for the values, oldest first, the newest at the right edge; null is a gap. */
export function line_path(values, top) {
    let path = '';
    let drawing = false;
    for (const [i, value] of values.entries()) {
        if (value !== null) {
            const y = (height - (value / top) * height).toFixed(2);
            path += `${drawing ? 'L' : 'M'}${points - values.length + i} ${y}`;
        }
        drawing = value !== null;
    }
    return path;
}

export class line_chart {
    #lines = [];
    #values = [];
    #svg;
    #top = make('span', { class: 'top' });
    #format;
    #step;

    /** Appends itself to `host`. `format` writes the value at the top of the scale; `step`: see `scale_top`. */
    constructor(host, { lines, format, step }) {
        this.#format = format;
        this.#step = step;
        this.#svg = make_svg('svg', { viewBox: `0 0 ${points - 1} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
        for (let i = lines - 1; i >= 0; --i) {
            const line = make_svg('path', { class: `line line-${i + 1}` });
            this.#svg.append(line);
            this.#lines[i] = line;
            this.#values[i] = [];
        }
        const frame = make('div', { class: 'chart' }, this.#svg, this.#top, make('span', { class: 'span' }, '2 min'));
        host.append(frame);
    }

    /** One more point; a value that is not known is null. */
    push(...values) {
        for (const [i, value] of values.entries()) {
            this.#values[i].push(value);
            if (this.#values[i].length > points) this.#values[i].shift();
        }
        const top = scale_top(Math.max(...this.#values.flat().map(value => value ?? 0)), this.#step);
        this.#lines.forEach((line, i) => line.setAttribute('d', line_path(this.#values[i], top)));
        this.#top.textContent = this.#format(top);
    }
}
