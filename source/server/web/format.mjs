// Numbers and times for people: short and with a fixed precision, so that they align and do not jump.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const one_decimal = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function scaled(value, step, units) {
    let unit = 0;
    while (Math.abs(value) >= 999.95 && unit + 1 < units.length) {
        value /= step;
        ++unit;
    }
    const number = unit === 0 && Number.isInteger(value) ? String(value) : one_decimal.format(value);
    return { number, unit: units[unit] };
}

/** `{ number, unit }` for a value that may be unknown, that is, null or not a number. */
const or_unknown = format => value => (Number.isFinite(value) ? format(value) : { number: '–', unit: '' });

export const as_count = or_unknown(value => ({ number: grouped.format(value), unit: '' }));
export const as_rate = or_unknown(value => scaled(Math.round(value * 10) / 10, 1000, ['/s', 'k/s', 'M/s']));
export const as_bytes = or_unknown(value => scaled(Math.round(value), 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']));
export const as_byte_rate = or_unknown(value => {
    const { number, unit } = as_bytes(value);
    return { number, unit: `${unit}/s` };
});
export const as_microseconds = or_unknown(value => scaled(Math.round(value), 1000, ['µs', 'ms', 's']));

export function in_words({ number, unit }) {
    return unit === '' ? number : `${number} ${unit}`;
}

/** A span of milliseconds by its two largest units: `3 s`, `2 m 05 s`, `1 h 12 m`, `4 d 03 h`. */
export function as_duration(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = value => String(value).padStart(2, '0');
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} m`;
    return `${Math.floor(seconds / 86_400)} d ${two(Math.floor(seconds / 3600) % 24)} h`;
}

/** The time of day. */
export function as_clock(date) {
    return [date.getHours(), date.getMinutes(), date.getSeconds()].map(value => String(value).padStart(2, '0')).join(':');
}

/** The time of day, to the millisecond. */
export function as_time(date) {
    return `${as_clock(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

export function short_id(id) {
    return id.length > 10 ? `${id.slice(0, 8)}…` : id;
}
