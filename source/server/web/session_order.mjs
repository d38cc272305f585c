// The table's head, whose buttons choose the order of the sessions, and the control that replaces it on narrow screens.
import { by_id, make } from './dom.mjs';
import { descends_at_first, sortable } from './session_list.mjs';
import { columns } from './session_row.mjs';

export class session_order {
    #by = { column: 'Session', descending: false };
    #on_change;
    #cells = new Map();

    /** `on_change` is called when the user has chosen another order. */
    constructor(on_change) {
        this.#on_change = on_change;
        const head = columns.map(column => this.#make_cell(column));
        head.push(make('th', { role: 'columnheader', scope: 'col' }, make('span', { class: 'visually-hidden' }, 'Actions')));
        by_id('session-head').append(...head);
        this.#make_choice();
        this.#show();
    }

    /** The column, and whether the largest comes first. */
    get by() {
        return this.#by;
    }

    #make_cell(column) {
        const cell = make('th', { role: 'columnheader', scope: 'col' });
        if (!sortable.includes(column)) {
            cell.append(column);
            return cell;
        }
        const button = make('button', { type: 'button', class: 'sorter' }, column);
        button.addEventListener('click', () => {
            const first = descends_at_first(column);
            const is_again = this.#by.column === column && this.#by.descending === first;
            this.#choose({ column, descending: is_again ? !first : first });
        });
        cell.append(button);
        this.#cells.set(column, cell);
        return cell;
    }

    #make_choice() {
        const choice = by_id('session-order');
        for (const column of sortable) {
            for (const descending of [descends_at_first(column), !descends_at_first(column)]) {
                choice.append(make('option', { value: `${column} ${descending}` }, `${column} ${descending ? '↓' : '↑'}`));
            }
        }
        choice.addEventListener('change', () => {
            const [column, descending] = choice.value.split(' ');
            this.#choose({ column, descending: descending === 'true' });
        });
    }

    #choose(by) {
        this.#by = by;
        this.#show();
        this.#on_change();
    }

    #show() {
        const { column, descending } = this.#by;
        by_id('session-order').value = `${column} ${descending}`;
        for (const [each, cell] of this.#cells) {
            if (each === column) cell.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
            else cell.removeAttribute('aria-sort');
        }
    }
}
