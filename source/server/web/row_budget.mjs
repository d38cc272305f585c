// How many rows the live view may add: a burst is shown whole, of a flood only a sample, whatever its rate.

/** What an eye can follow is less; what costs the browser is the rows, not the events. */
const rows_a_second = 40;
const burst = 400;

export class row_budget {
    #left = burst;
    #at;

    /** Takes up to `wanted` rows out of the budget, `now` in milliseconds, and returns how many. */
    take(wanted, now = performance.now()) {
        const earned = ((now - (this.#at ?? now)) / 1000) * rows_a_second;
        this.#left = Math.min(burst, this.#left + earned);
        this.#at = now;
        const granted = Math.min(wanted, Math.floor(this.#left));
        this.#left -= granted;
        return granted;
    }
}
