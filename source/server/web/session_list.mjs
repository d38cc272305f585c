// Which sessions of the server's list the table shows, and in which order.

/** The possible orders: the value of a session that each column sorts by. By state, absent sessions come first, the longest
 *  absent at the top. */
const keys = {
    Session: ({ id }) => id,
    State: ({ active, lastSeen }) => (active ? `1${lastSeen}` : `0${lastSeen}`),
    Lag: ({ lag }) => lag,
    Buffered: ({ buffered }) => buffered,
    Age: ({ created }) => -Date.parse(created),
};

/** The columns by which the table can be sorted. */
export const sortable = Object.keys(keys);

/** Whether a column is sorted in descending order at first, as numbers are. */
export const descends_at_first = column => ['Lag', 'Buffered', 'Age'].includes(column);

/** The sessions in which each word of the text occurs: in id, handle, address, agent, version, subject or types. */
export function found(sessions, text) {
    const words = text.toLowerCase().split(/\s+/).filter(word => word !== '');
    if (words.length === 0) return sessions;
    return sessions.filter(({ id, handle, address, userAgent, clientVersion, subject, types, active }) => {
        const state = active ? 'connected' : 'away';
        const all = [id, handle, address, userAgent, clientVersion, subject, state, ...types].join('\n').toLowerCase();
        return words.every(word => all.includes(word));
    });
}

/** A sorted copy; sessions that are equal in the column are by id. */
export function sorted(sessions, { column, descending }) {
    const key = keys[column];
    const compare = (a, b) => (a < b ? -1 : Number(a > b));
    const sign = descending ? -1 : 1;
    return sessions.toSorted((a, b) => sign * compare(key(a), key(b)) || compare(a.id, b.id));
}

const request_size = 1000;
/** The most sessions to fetch; a longer list is better searched by a program. */
const most_sessions = 5000;

/**
 * Fetches the list with as few requests as possible. `ask(address)` is fetch. Resolves with the `sessions` and whether
 * these are all (`is_whole`), or with the unsuccessful answer (`refusal`).
 */
export async function fetch_sessions(ask) {
    const sessions = [];
    let after = '';
    do {
        const answer = await ask(`sessions?grant=true&limit=${request_size}${after && `&after=${after}`}`);
        if (!answer.ok) return { refusal: answer };
        const page = await answer.json();
        sessions.push(...page.sessions);
        after = page.next ?? '';
    } while (after !== '' && sessions.length < most_sessions);
    return { sessions, is_whole: after === '' };
}
