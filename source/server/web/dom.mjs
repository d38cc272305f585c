// Creates the document's parts without ever parsing text as markup: text from outside only becomes text nodes.

export const by_id = id => document.getElementById(id);

/** An element with attributes (`class`, `type`, `aria-label`...) and children, which are elements or text. */
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
}

/** Changes the text only if it differs, so that nothing is announced, and no selection lost, for no reason. */
export function set_text(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

const announce_every_ms = 2000;
let announcement = '';
let announcing = false;

/** Announces texts to users of screen readers, politely and not too often: of several in quick succession only the last
 *  is announced. */
export function announce(text) {
    announcement = text;
    if (announcing) return;
    announcing = true;
    set_text(by_id('announcer'), text);
    setTimeout(() => {
        announcing = false;
        if (announcement !== by_id('announcer').textContent) announce(announcement);
    }, announce_every_ms);
}

const notice_lasts_ms = 20_000;

/** A line with the result of something that the user did. It disappears by itself, because it is soon out of date. */
export class notice {
    #element;
    #timer;

    constructor(element) {
        this.#element = element;
    }

    /** `kind` is a class such as `good` or `bad`; `parts` are elements or text. */
    say(kind, ...parts) {
        clearTimeout(this.#timer);
        this.#element.className = kind;
        this.#element.replaceChildren(...parts);
        this.#timer = setTimeout(() => this.clear(), notice_lasts_ms);
    }

    /** Removes the text. */
    clear() {
        clearTimeout(this.#timer);
        this.#element.replaceChildren();
    }

    get kind() {
        return this.#element.className;
    }
}
