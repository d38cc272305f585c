// Which topics there are: those that streams name, and those that events of the last seconds are about.

/** How far back the rates look. */
export const rate_span_ms = 10_000;

/** How many events per second each topic had. `page` is an answer of `GET /history` from the time `since` on, in
 *  milliseconds since the epoch. One that is full ends before now, and tells the rate of as long as it covers. */
export function topic_rates({ events, next }, since) {
    const counts = new Map();
    for (const { topics } of events) {
        for (const topic of topics) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    }
    const covered_ms = next === null ? rate_span_ms : Math.max(1, Date.parse(events.at(-1).time) - since);
    return new Map([...counts].map(([topic, count]) => [topic, (1000 * count) / covered_ms]));
}

/** Each topic with its streams and its rate, the busiest first. */
export function merged_topics(streams, rates) {
    const names = new Set([...streams.keys(), ...rates.keys()]);
    const all = [...names].map(topic => ({ topic, streams: streams.get(topic) ?? 0, rate: rates.get(topic) ?? 0 }));
    return all.sort((a, b) => b.rate - a.rate || b.streams - a.streams || (a.topic < b.topic ? -1 : 1));
}

const topics_a_request = 1000;
/** The most topics to fetch; a longer list is better read by a program. */
const most_topics = 3000;

/** Fetches how many streams name each topic. Resolves with the `streams` by topic and whether these are all
 *  (`is_whole`), or with the unsuccessful answer (`refusal`). */
export async function fetch_streams(ask) {
    const streams = new Map();
    let after = '';
    do {
        const answer = await ask(`presence?topic_pattern=*&limit=${topics_a_request}${after && `&after=${encodeURIComponent(after)}`}`);
        if (!answer.ok) return { refusal: answer };
        const page = await answer.json();
        for (const each of page.topics) streams.set(each.topic, each.streams);
        after = page.next ?? '';
    } while (after !== '' && streams.size < most_topics);
    return { streams, is_whole: after === '' };
}
