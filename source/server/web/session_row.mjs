// One session in the table. It keeps its elements, so that focus and unfolded details survive each refresh.
import { make, set_text } from './dom.mjs';
import { as_count, as_duration, in_words, short_id } from './format.mjs';

export const columns = ['Session', 'State', 'Filter', 'Lag', 'Buffered', 'Age', 'Address', 'User agent'];

/** The details in the unfolded row below: names and values, without those that have no value. */
function details_of({ id, handle, subject, grant, types, topics, topicPatterns, userAgent, clientVersion, address, created, lastSeen, reconnections }) {
    const all = {
        Id: id,
        'Handle in logs': handle,
        Subject: subject,
        'Private events': grant.topics.includes('*') ? 'of every topic' : grant.topics.join(', '),
        'Grant ends': grant.expires,
        Types: types.length > 0 ? types.join(', ') : 'all',
        Topics: topics.join(', '),
        Patterns: topicPatterns.join(', '),
        Address: address,
        'User agent': userAgent || '–',
        'Client version': clientVersion,
        Created: created,
        'Last seen': lastSeen,
        Reconnections: String(reconnections),
    };
    return Object.entries(all).filter(([, value]) => value);
}

/** `actions` has `choose(id, is_chosen)`, `disconnect(id)` and `forget(id)`. */
export class session_row {
    element = make('tbody', { role: 'rowgroup' });
    #cells = new Map();
    #details = make('dl', {});
    #own = make('span', { class: 'badge', hidden: '' }, 'this page');
    #choice;
    #disconnect;

    constructor(id, actions) {
        const name = `session ${short_id(id)}`;
        this.#choice = make('input', { type: 'checkbox', 'aria-label': `Publish to ${name}` });
        this.#choice.addEventListener('change', () => actions.choose(id, this.#choice.checked));
        this.#disconnect = make('button', { type: 'button', 'aria-label': `Disconnect ${name}` }, 'Disconnect');
        this.#disconnect.addEventListener('click', () => actions.disconnect(id));
        const forget = make('button', { type: 'button', 'aria-label': `Forget ${name}` }, 'Forget');
        forget.addEventListener('click', () => actions.forget(id));

        const row = make('tr', { role: 'row' });
        for (const column of columns) {
            const cell = make('td', { role: 'cell', 'data-column': column });
            this.#cells.set(column, cell);
            row.append(cell);
        }
        row.append(make('td', { role: 'cell', class: 'actions' }, this.#disconnect, ' ', forget));
        const more = this.#make_details();
        this.#cells.get('Session').append(this.#choice, this.#make_unfolder(id, more), this.#own);
        this.element.append(row, more);
    }

    /** Shows what `GET /sessions` says about the session; `now` is the server's time in milliseconds since the epoch. */
    show(session, { now, is_own, is_chosen, can_disconnect }) {
        const wanted = [...session.topics, ...session.topicPatterns, ...session.types];
        const away = `away ${as_duration(now - Date.parse(session.lastSeen))}`;
        this.#set('State', session.active ? 'connected' : away);
        this.#set('Filter', wanted.length > 0 ? wanted.join(', ') : 'all');
        this.#set('Lag', in_words(as_count(session.lag)));
        this.#set('Buffered', in_words(as_count(session.buffered)));
        this.#set('Age', as_duration(now - Date.parse(session.created)));
        this.#set('Address', session.address || '–');
        this.#set('User agent', session.userAgent || '–');
        this.#show_details(details_of(session));
        this.element.classList.toggle('away', !session.active);
        this.#own.hidden = !is_own;
        this.#choice.checked = is_chosen;
        this.#disconnect.disabled = !session.active || !can_disconnect;
    }

    #set(column, text) {
        set_text(this.#cells.get(column), text);
    }

    #make_details() {
        const cell = make('td', { role: 'cell', colspan: String(columns.length + 1) }, this.#details);
        return make('tr', { role: 'row', class: 'more', hidden: '' }, cell);
    }

    /** Updates only what has changed, so that a selection elsewhere in the row survives. */
    #show_details(entries) {
        const terms = this.#details.children;
        if (terms.length !== 2 * entries.length) {
            this.#details.replaceChildren(...entries.flatMap(([name]) => [make('dt', {}, name), make('dd', {})]));
        }
        entries.forEach(([name, value], i) => {
            set_text(terms[2 * i], name);
            set_text(terms[2 * i + 1], value);
        });
    }

    #make_unfolder(id, more) {
        const button = make('button', { type: 'button', class: 'id', 'aria-expanded': 'false' }, short_id(id));
        button.addEventListener('click', () => {
            more.hidden = !more.hidden;
            button.setAttribute('aria-expanded', String(!more.hidden));
        });
        return button;
    }
}
