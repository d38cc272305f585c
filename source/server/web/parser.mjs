// The stream's format as a browser reads it: WHATWG HTML, section "Interpreting an event stream".

/**
 * Parses the stream's text, which comes in pieces split anywhere, and calls
 * `on_event({ type, data, id, comment })` for each event (`comment` is the last comment of its block) and
 * `on_retry(ms)` for each valid reconnection time.
 */
export class event_parser {
    /** The id to resume from: that of the last block that ended with an empty line, with or without data. */
    last_event_id = '';
    #on_event;
    #on_retry;
    #rest = '';
    #after_cr = false;
    #id;
    #type = '';
    #data = [];
    #comment = '';

    constructor({ on_event, on_retry = () => {}, last_event_id = '' }) {
        this.#on_event = on_event;
        this.#on_retry = on_retry;
        this.last_event_id = this.#id = last_event_id;
    }

    feed(text) {
        // The LF of a CR LF whose CR ended the previous piece.
        if (this.#after_cr && text.startsWith('\n')) text = text.slice(1);
        else if (text === '') return;
        this.#after_cr = text.endsWith('\r');
        const lines = text.split(/\r\n|\n|\r/);
        lines[0] = this.#rest + lines[0];
        this.#rest = lines.pop();
        for (const line of lines) this.#take_line(line);
    }

    #take_line(line) {
        if (line === '') return this.#dispatch();
        const colon = line.indexOf(':');
        if (colon === 0) return void (this.#comment = line.slice(1).trim());
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
        if (name === 'data') this.#data.push(value);
        else if (name === 'event') this.#type = value;
        else if (name === 'id' && !value.includes('\0')) this.#id = value;
        else if (name === 'retry' && /^[0-9]+$/.test(value)) this.#on_retry(Number(value));
    }

    #dispatch() {
        this.last_event_id = this.#id;
        const [type, lines, comment] = [this.#type || 'message', this.#data, this.#comment];
        [this.#type, this.#data, this.#comment] = ['', [], ''];
        if (lines.length > 0) this.#on_event({ type, data: lines.join('\n'), id: this.#id, comment });
    }
}
