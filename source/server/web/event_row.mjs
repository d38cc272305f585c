// One event in the live view.
import { make, set_text } from './dom.mjs';
import { as_bytes, as_time, in_words } from './format.mjs';
import { indented_json } from './json.mjs';

const longest_preview = 240;

/** The details of an event: its properties, its data, and for JSON a button that puts each member on a line. */
function make_event_details({ id, type, data }) {
    const facts = `${type} · id ${id || 'none'} · ${in_words(as_bytes(new TextEncoder().encode(data).length))}`;
    const text = make('pre', { tabindex: '0', 'aria-label': 'Data' }, data);
    const head = make('div', { class: 'facts-row' }, make('p', { class: 'facts' }, facts));
    const pretty = indented_json(data);
    if (pretty !== undefined) {
        const button = make('button', { type: 'button', class: 'pretty', 'aria-pressed': 'false' }, 'Indent JSON');
        button.addEventListener('click', () => {
            const is_pretty = button.getAttribute('aria-pressed') === 'false';
            button.setAttribute('aria-pressed', String(is_pretty));
            set_text(text, is_pretty ? pretty : data);
        });
        head.append(button);
    }
    return [head, text];
}

/** The list's element for an event, `{ time, id, type, data, replayed }`: a line that unfolds. */
export function make_event_row(event) {
    const { time, id, type, data, replayed } = event;
    const preview = data.length > longest_preview ? `${data.slice(0, longest_preview)}…` : data;
    const summary = make('summary', {},
        make('time', { datetime: time.toISOString() }, as_time(time)),
        make('span', { class: 'id', title: id }, id),
        make('span', { class: 'type', title: type }, type),
        make('span', { class: 'data' }, preview));
    if (replayed) summary.append(make('span', { class: 'badge' }, 'replayed'));
    const details = make('details', {}, summary);
    // The data may be a megabyte, so it is added to the document only when it is unfolded.
    details.addEventListener('toggle', () => {
        if (details.open && details.childElementCount === 1) details.append(...make_event_details(event));
    });
    return make('li', {}, details);
}
