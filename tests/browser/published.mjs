// Publishing the entries of the payload table.
import assert from 'node:assert/strict';
import { broadcast, post } from './publish.mjs';

const position = /^\d+-\d+$/;
export const marker_type = 'end of case';
let published = 0;

/** An entry's fields as a publisher gives them. Its own id is made unlike every earlier one by two characters. */
function fields_of({ data, type, id }) {
    const fields = { data };
    if (type !== undefined) fields.type = type;
    if (id !== undefined) fields.id = id === '' ? '' : `${id}${(published++ % 1296).toString(36).padStart(2, '0')}`;
    return fields;
}

/** The transports that can carry an entry: a request line has no room for a large one. */
export function transports_for(payload) {
    if (payload.json !== undefined) return ['raw_json'];
    if (payload.data.length > 4096) return ['json', 'form'];
    return ['json', 'escaped_json', 'form', 'query'];
}

/** Publishes an entry and resolves with the event that must come: id, type, data. */
export async function publish_payload(server, payload, transport) {
    if (transport === 'raw_json') {
        const answer = await post(server, '/broadcast', 'application/json', `{ "data" : ${payload.json} }`);
        assert.equal(answer.status, 200, answer.text);
        return { id: answer.json.id, data: payload.data };
    }
    const fields = fields_of(payload);
    const id = await broadcast(server, fields, transport);
    if (fields.id) assert.equal(id, fields.id, "the publisher's own id is answered as given");
    else assert.match(id, position);
    return { ...fields, id };
}

/** Publishes an event after which all that was published before has come; resolves with it. */
export async function publish_marker(server) {
    const marker = { type: marker_type, data: `marker ${published++}` };
    return { ...marker, id: await broadcast(server, marker) };
}

/** Publishes a marker and waits until it was read from `stream`; resolves with the marker. */
export async function settle(server, stream, from) {
    const marker = await publish_marker(server);
    await stream.until(event => event.event === marker.type && event.data === marker.data, from);
    return marker;
}
