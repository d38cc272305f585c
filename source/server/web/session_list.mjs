// What the table makes of the server's list of sessions: which of them it shows, and in which order.

/** The orders there are, by column: what of a session decides. State: those that are away first, the longest first. */
const keys = {
    Session: ({ id }) => id,
    State: ({ active, lastSeen }) => (active ? `1${lastSeen}` : `0${lastSeen}`),
    Lag: ({ lag }) => lag,
    Buffered: ({ buffered }) => buffered,
    Age: ({ created }) => -Date.parse(created),
};

/** The columns by which the table can be sorted. */
export const sortable = Object.keys(keys);

/** Whether an order begins with the largest: of numbers, those are looked for. */
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
/** More are not fetched: a list of so many is looked through by program. */
const most_sessions = 5000;

/**
 * Fetches the list, by as few requests as it takes. `ask(address)` is fetch. Resolves with the `sessions` and whether
 * they are all (`is_whole`), or with the answer that was none (`refusal`).
 */
export async function fetch_sessions(ask) {
    const sessions = [];
    let after = '';
    do {
        const answer = await ask(`sessions?limit=${request_size}${after && `&after=${after}`}`);
        if (!answer.ok) return { refusal: answer };
        const page = await answer.json();
        sessions.push(...page.sessions);
        after = page.next ?? '';
    } while (after !== '' && sessions.length < most_sessions);
    return { sessions, is_whole: after === '' };
}
