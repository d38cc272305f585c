// The tokens that the server asks for. They are kept only in this object, so that reloading the page forgets them.
import { announce, by_id, set_text } from './dom.mjs';
import { header_value } from './stream.mjs';

const roles = ['publish', 'subscribe'];

/** Sends requests with the token of their role, `publish` or `subscribe`, and asks the user for one when the server does. */
export class token_desk {
    #tokens = { publish: '', subscribe: '' };
    /** The roles that wait for a token, and whether the one that they had was refused. */
    #wanted = new Map();
    #given = Promise.withResolvers();
    #on_change;

    /** `on_change(wanted)` gets the set of roles that wait for a token, whenever it changes. */
    constructor(on_change) {
        this.#on_change = on_change;
        by_id('token-form').addEventListener('submit', event => {
            event.preventDefault();
            this.#take();
        });
    }

    /** Like fetch, but waits for the user while the server answers 401. It sends no cookies, because two tabs of this page,
     *  or another page of this host, would share a session through them. */
    async fetch(role, address, init = {}) {
        for (;;) {
            const token = this.#tokens[role];
            const answer = await this.#send(token, address, init);
            if (answer.status !== 401) {
                this.#accepted(role);
                return answer;
            }
            await answer.body?.cancel();
            if (token === this.#tokens[role]) await this.#ask(role, token !== '');
        }
    }

    /** As `fetch` with the token of the first of the roles that has one. It asks for none: a 401 is an answer. */
    fetch_quietly(roles, address) {
        return this.#send(roles.map(role => this.#tokens[role]).find(token => token !== '') ?? '', address, {});
    }

    #send(token, address, init) {
        const headers = { ...init.headers };
        if (token !== '') headers.Authorization = `Bearer ${header_value(token)}`;
        return fetch(address, { cache: 'no-store', credentials: 'omit', ...init, headers });
    }

    #ask(role, refused) {
        if (this.#wanted.size === 0) announce('The server asks for a token');
        this.#wanted.set(role, refused);
        this.#show();
        if (refused) by_id(`${role}-token`).focus();
        return this.#given.promise;
    }

    #take() {
        const fields = roles.map(role => by_id(`${role}-token`));
        const [publish, subscribe] = fields.map(field => field.value.trim());
        for (const field of fields) field.value = '';
        if (publish !== '') this.#tokens.publish = publish;
        if (subscribe !== '' || publish !== '') this.#tokens.subscribe = subscribe || publish;
        set_text(by_id('token-error'), '');
        this.#given.resolve();
        this.#given = Promise.withResolvers();
    }

    #accepted(role) {
        if (!this.#wanted.delete(role)) return;
        const had_focus = by_id('token-panel').contains(document.activeElement);
        this.#show();
        if (had_focus && this.#wanted.size === 0) by_id('main').focus();
    }

    #show() {
        by_id('token-panel').hidden = this.#wanted.size === 0;
        this.#on_change(new Set(this.#wanted.keys()));
        const refused = [];
        for (const role of roles) {
            by_id(`${role}-token-row`).hidden = !this.#wanted.has(role);
            const is_refused = this.#wanted.get(role) === true;
            by_id(`${role}-token`).setAttribute('aria-invalid', String(is_refused));
            if (is_refused) refused.push(role);
        }
        set_text(by_id('token-error'), refused.map(role => `The server did not accept this ${role} token.`).join(' '));
        set_text(
            by_id('subscribe-token-hint'),
            this.#wanted.has('publish') ? 'Leave it empty if it is the same.' : 'For the live view of events.',
        );
    }
}
