// The state of this page's own streams, shown in the head of the page.
import { announce, by_id, set_text } from './dom.mjs';
import { as_duration, short_id } from './format.mjs';

/** A stream's state in a few words. */
export function state_in_words({ state, reason, next_attempt }, now = Date.now()) {
    const wait = as_duration(next_attempt - now + 999);
    switch (state) {
        case 'waiting':
            return `${reason}; next try in ${wait}`;
        case 'draining':
            return next_attempt > now ? `the server drains; next try in ${wait}` : 'the server drains';
        case 'stopped':
            return `stopped: ${reason}`;
        default:
            return state;
    }
}

/** What the stream lost and got back over all its reconnections. */
export function losses_in_words({ replayed, lost, lost_uncounted }) {
    const more = lost_uncounted ? (lost > 0 ? ' and more' : 'uncounted') : '';
    return `replayed ${replayed} · lost ${lost_uncounted && lost === 0 ? more : `${lost}${more}`}`;
}

export class stream_status {
    #stream;
    #element;
    #name;
    #role;
    #waits_for_token = false;
    #announced = '';
    #ticking;

    /** `name` is that of the element and of the stream; `role` that of the token which it may need. */
    constructor(name, role) {
        this.#name = name;
        this.#role = role;
        this.#element = by_id(`${name}-stream`);
        this.#part('again').addEventListener('click', () => this.#stream.reconnect());
    }

    #part(name) {
        return this.#element.querySelector(`.${name}`);
    }

    /** Whether the stream's request waits for the user to give a token. */
    set waits_for_token(waits) {
        this.#waits_for_token = waits;
        if (this.#stream) this.show(this.#stream);
    }

    show(stream) {
        this.#stream = stream;
        const { session } = stream;
        const waits_for_token = this.#waits_for_token && stream.state !== 'connected';
        const state = waits_for_token ? 'token' : stream.state;
        this.#element.dataset.state = state;
        set_text(this.#part('state'), waits_for_token ? `waiting for the ${this.#role} token` : state_in_words(stream));
        set_text(this.#part('losses'), losses_in_words(stream));
        this.#part('losses').classList.toggle('bad', stream.lost > 0 || stream.lost_uncounted);
        const name = this.#part('session'); // only a stream of listed sessions has a place for it
        if (name) {
            set_text(name, session ? `session ${short_id(session)}` : '');
            name.title = session;
        }
        this.#part('again').hidden = state !== 'stopped' && state !== 'waiting';
        // The remaining seconds are only shown; screen readers are told just that the stream waits. Other parts announce the
        // rest.
        if (state !== this.#announced && !['connecting', 'token', 'paused'].includes(state)) announce(`${this.#name} stream: ${state}`);
        this.#announced = state;
        clearTimeout(this.#ticking);
        if (stream.next_attempt > Date.now()) this.#ticking = setTimeout(() => this.show(stream), 1000);
    }
}
