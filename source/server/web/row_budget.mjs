// How many rows the live view may add. A burst is shown whole; of a flood a sample is shown, whatever its rate.

/** More than an eye can follow. The browser's cost depends on the rows, not on the events. */
const rows_a_second = 40;
const burst = 400;

export class row_budget {
    #left = burst;
    #at;

    /** Takes up to `wanted` rows from the budget and returns how many; `now` is in milliseconds. */
    take(wanted, now = performance.now()) {
        const earned = ((now - (this.#at ?? now)) / 1000) * rows_a_second;
        this.#left = Math.min(burst, this.#left + earned);
        this.#at = now;
        const granted = Math.min(wanted, Math.floor(this.#left));
        this.#left -= granted;
        return granted;
    }
}
