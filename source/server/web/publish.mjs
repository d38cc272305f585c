// The form that publishes an event, to all or to chosen sessions.
import { by_id, make, notice } from './dom.mjs';
import { problem_of } from './problem.mjs';

/** The ids in a text, separated by white space or commas, each once. */
export function session_ids(text) {
    return [...new Set(text.split(/[\s,;]+/).filter(id => id !== ''))];
}

function plural(count, thing) {
    return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

export class publish_form {
    #form = by_id('publish-form');
    #sessions = by_id('publish-sessions');
    #answer = new notice(by_id('publish-answer'));
    #busy = false;
    #tokens;
    #on_change;

    /** `on_change` is called when the chosen sessions change. */
    constructor(tokens, on_change) {
        this.#tokens = tokens;
        this.#on_change = on_change;
        this.#form.addEventListener('submit', event => {
            event.preventDefault();
            this.#publish();
        });
        // An error about the previous event does not apply to this one.
        this.#form.addEventListener('input', () => this.#answer.kind === 'bad' && this.#answer.clear());
        for (const radio of this.#form.elements.to) radio.addEventListener('change', () => this.#show_sessions());
        this.#sessions.addEventListener('input', () => this.#on_change());
    }

    /** The ids of the chosen sessions; none if the event goes to all. */
    get chosen() {
        return this.#form.elements.to.value === 'chosen' ? session_ids(this.#sessions.value) : [];
    }

    choose(id, is_chosen) {
        const others = this.chosen.filter(each => each !== id);
        this.#sessions.value = (is_chosen ? [...others, id] : others).join('\n');
        this.#form.elements.to.value = 'chosen';
        this.#show_sessions();
    }

    /** The next event is about the topic. */
    address_to(topic) {
        this.#form.elements.to.value = 'all';
        this.#show_sessions();
        this.#form.elements.topic.value = topic;
        by_id('publish-data').focus();
    }

    /** Sets whether the server has the routes for publishing. */
    set available(is_available) {
        by_id('publish-unavailable').hidden = is_available;
        by_id('publish-fields').disabled = !is_available;
    }

    /** Tells the user if publishing waits for a token. */
    set waits_for_token(waits) {
        if (this.#busy) this.#answer.say('', waits ? 'Not yet published: it waits for the publish token.' : 'Publishing…');
    }

    #show_sessions() {
        const to_all = this.#form.elements.to.value === 'all';
        by_id('publish-sessions-row').hidden = to_all;
        by_id('publish-topic-row').hidden = !to_all;
        this.#on_change();
    }

    /** Whom an event that is for no session alone is about. */
    #addressing() {
        const { topic, private: is_private, last } = this.#form.elements;
        return {
            ...(topic.value !== '' && { topic: topic.value }),
            ...(is_private.checked && { private: true }),
            ...(last.checked && { last: true }),
        };
    }

    async #publish() {
        const { type, data } = this.#form.elements;
        const to_all = this.#form.elements.to.value === 'all';
        const event = { data: data.value };
        if (type.value !== '') event.type = type.value;
        if (!to_all) event.sessions = this.chosen;
        else Object.assign(event, this.#addressing());
        this.#busy = true;
        this.#answer.say('', 'Publishing…');
        try {
            const answer = await this.#tokens.fetch('publish', to_all ? 'broadcast' : 'send', {
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify(event),
            });
            if (answer.ok) this.#say_published(await answer.json(), event.sessions);
            else this.#answer.say('bad', `Not published: ${await problem_of(answer)}`);
        } catch {
            this.#answer.say('bad', 'No answer: the server cannot be reached, and may or may not have published it.');
        }
        this.#busy = false;
    }

    #say_published({ id, clients, unknown = [] }, sessions) {
        const reach = sessions ? plural(sessions.length - unknown.length, 'session') : plural(clients, 'connected stream');
        const parts = ['Published as ', make('code', {}, id), ` to ${reach}.`];
        if (unknown.length > 0) parts.push(' Unknown: ', make('code', {}, unknown.join(' ')));
        this.#answer.say('good', ...parts);
    }
}
