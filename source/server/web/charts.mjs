// A small SVG line chart: the last two minutes, one point a second, up to two lines. It shows the values of the second
// under the pointer, or, when it has focus, of the one chosen with the arrow keys.
import { make, set_text } from './dom.mjs';
import { as_clock } from './format.mjs';

const points = 120;
const height = 40;
const svg_namespace = 'http://www.w3.org/2000/svg';

function make_svg(tag, attributes) {
    const element = document.createElementNS(svg_namespace, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
}

/** The smallest of 1, 2, 5, 10, 20, 50... of a unit that is not below the value, so that the scale changes seldom and is
 *  easy to read. Each unit is `step` times the one before. */
export function scale_top(value, step = 1000) {
    if (!(value > 1)) return 1;
    const unit = step ** Math.floor(Math.log(value) / Math.log(step) + 1e-9);
    const power = unit * 10 ** Math.floor(Math.log10(value / unit) + 1e-9);
    return [1, 2, 5, 10].map(factor => factor * power).find(top => top >= value);
}

/** The smallest value that this share of the values (0 to 1) does not exceed; null if there are none. */
export function quantile(values, share) {
    const known = values.filter(value => value !== null).sort((a, b) => a - b);
    return known.length === 0 ? null : known[Math.max(0, Math.ceil(share * known.length) - 1)];
}

/** How many of the newest values always fit into the scale, because what has just begun is not a spike yet. */
const newest = 3;
/** A value may be this many times the 95th percentile and still determine the scale. */
const far_out = 4;

/** The largest value that the scale has to hold. That is the largest of all, unless it is a spike far above 95 % of the
 *  values that are not zero: it would flatten everything else. */
export function value_to_fit(values) {
    const largest = Math.max(0, ...values); // null counts as zero
    const usual = quantile(values.filter(value => value > 0), 0.95) ?? 0;
    return largest > far_out * usual ? Math.max(usual, ...values.slice(-newest)) : largest;
}

const x_of = (values, i) => points - values.length + i;

/** SVG path commands for the values, oldest first, with the newest at the right edge. null is a gap. Values above the top
 *  are drawn at the top. */
export function line_path(values, top) {
    let path = '';
    let drawing = false;
    for (const [i, value] of values.entries()) {
        if (value !== null) {
            const y = (height - (Math.min(value, top) / top) * height).toFixed(2);
            path += `${drawing ? 'L' : 'M'}${x_of(values, i)} ${y}`;
        }
        drawing = value !== null;
    }
    return path;
}

/** SVG path commands for a mark at each value that is above the top. */
export function clip_path(values, top) {
    return values.map((value, i) => (value > top ? `M${x_of(values, i)} -4V3` : '')).join('');
}

export class line_chart {
    #lines = [];
    #values = [];
    #times = [];
    #top = 1;
    #clips = make_svg('path', { class: 'clip' });
    #cursor = make_svg('path', { class: 'cursor' });
    #frame;
    #scale = make('span', { class: 'top' });
    #reading = make('span', { class: 'reading' });
    #names;
    #format;
    #step;
    /** The point whose values are shown, counted from the newest; undefined if none. */
    #read;

    /** Appends the chart to `host`. `title` names it, `names` its lines; `format` writes a value; `step` as in `scale_top`. */
    constructor(host, { title, names, format, step }) {
        this.#names = names;
        this.#format = format;
        this.#step = step;
        const svg = make_svg('svg', { viewBox: `0 0 ${points - 1} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
        for (let i = names.length - 1; i >= 0; --i) {
            this.#lines[i] = make_svg('path', { class: `line line-${i + 1}` });
            this.#values[i] = [];
            svg.append(this.#lines[i]);
        }
        svg.append(this.#clips, this.#cursor);
        this.#frame = make('div', {
            class: 'chart', tabindex: '0', role: 'slider', 'aria-label': `${title}, the last two minutes`,
            'aria-valuemin': String(1 - points), 'aria-valuemax': '0', 'aria-valuenow': '0', 'aria-valuetext': 'no value yet',
        }, svg, this.#scale, make('span', { class: 'span' }, '2 min'), this.#reading);
        this.#listen();
        host.append(this.#frame);
    }

    /** Adds a point at this time, in milliseconds since the epoch; unknown values are null. */
    push(time, ...values) {
        for (const [i, value] of [time, ...values].entries()) {
            const series = i === 0 ? this.#times : this.#values[i - 1];
            series.push(value);
            if (series.length > points) series.shift();
        }
        this.#show();
    }

    /** The value of the first line that this share (0 to 1) of the shown points does not exceed. */
    quantile(share) {
        return quantile(this.#values[0], share);
    }

    #show() {
        this.#top = scale_top(Math.max(...this.#values.map(value_to_fit)), this.#step);
        this.#lines.forEach((line, i) => line.setAttribute('d', line_path(this.#values[i], this.#top)));
        this.#clips.setAttribute('d', this.#values.map(values => clip_path(values, this.#top)).join(''));
        const largest = Math.max(0, ...this.#values.flat());
        this.#frame.classList.toggle('clipped', largest > this.#top);
        set_text(this.#scale, largest > this.#top ? `${this.#format(this.#top)} · peak ${this.#format(largest)}` : this.#format(this.#top));
        this.#show_reading();
    }

    #listen() {
        this.#frame.addEventListener('pointermove', ({ clientX }) => {
            const { left, width } = this.#frame.getBoundingClientRect();
            this.#read_at(Math.round((1 - (clientX - left) / width) * (points - 1)));
        });
        this.#frame.addEventListener('pointerleave', () => this.#read_at(document.activeElement === this.#frame ? 0 : undefined));
        this.#frame.addEventListener('focus', () => this.#read_at(this.#read ?? 0));
        this.#frame.addEventListener('blur', () => this.#read_at(undefined));
        this.#frame.addEventListener('keydown', event => {
            const at = this.#read ?? 0;
            const moves = { ArrowLeft: at + 1, ArrowRight: at - 1, ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10, Home: points, End: 0 };
            if (!(event.key in moves)) return;
            event.preventDefault();
            this.#read_at(moves[event.key]);
        });
    }

    #read_at(back) {
        this.#read = back === undefined ? undefined : Math.max(0, Math.min(back, this.#times.length - 1));
        this.#show_reading();
    }

    #show_reading() {
        const back = this.#read ?? 0;
        const at = this.#times.length - 1 - back;
        const words = at < 0 ? 'no value yet' : this.#in_words(at);
        this.#frame.setAttribute('aria-valuenow', String(-back));
        this.#frame.setAttribute('aria-valuetext', words);
        set_text(this.#reading, this.#read === undefined ? '' : words);
        this.#cursor.setAttribute('d', this.#read === undefined || at < 0 ? '' : `M${points - 1 - back} 0V${height}`);
    }

    /** The time and the values of a point. */
    #in_words(at) {
        const values = this.#values.map((values, i) => `${this.#format(values[at])}${this.#names.length > 1 ? ` ${this.#names[i]}` : ''}`);
        return `${as_clock(new Date(this.#times[at]))}  ${values.join(' · ')}`;
    }
}
