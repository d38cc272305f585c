// What the page's stream of events is asked for: one topic, by its name or by a pattern, or everything; and the lines with
// which a program or another page reads the same.
import { by_id, set_text } from './dom.mjs';

/** The address of a stream of this topic or pattern; of everything if the text is empty. */
export function stream_address({ kind, text }) {
    return text === '' ? 'events' : `events?${kind === 'pattern' ? 'topic_pattern' : 'topic'}=${encodeURIComponent(text)}`;
}

/** The text as one word of a shell. */
function quoted(text) {
    return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** How a page and a shell read the stream at this URL. */
export function snippets(url) {
    return { page: `new EventSource(${JSON.stringify(url)})`, shell: `curl -N ${quoted(url)}` };
}

export class watch_form {
    #form = by_id('watch-form');
    #watched = { kind: 'topic', text: '' };

    /** `on_change(address)` is called when something else is to be watched. */
    constructor(on_change) {
        const { kind, topic } = this.#form.elements;
        this.#form.addEventListener('submit', event => {
            event.preventDefault();
            this.#watched = { kind: kind.value, text: topic.value };
            this.#show();
            // A session that has wanted topics goes on wanting them until it wants others.
            on_change(topic.value === '' ? 'events?topic=*' : stream_address(this.#watched));
        });
        for (const button of this.#form.parentElement.querySelectorAll('button[data-copies]')) {
            const copied = by_id(button.dataset.copies);
            button.hidden = navigator.clipboard === undefined; // where the page is not of a secure origin
            button.addEventListener('click', () => navigator.clipboard.writeText(copied.value));
        }
        this.#show();
    }

    /** As if the user had asked for the topic. */
    watch(text) {
        const { kind, topic } = this.#form.elements;
        kind.value = 'topic';
        topic.value = text;
        this.#form.requestSubmit();
    }

    #show() {
        const { kind, text } = this.#watched;
        const lines = snippets(new URL(stream_address(this.#watched), location.href).href);
        by_id('snippet-page').value = lines.page;
        by_id('snippet-shell').value = lines.shell;
        set_text(by_id('watched'), text === '' ? 'everything' : `${kind} ${text}`);
    }
}
