// The server's counters only grow; people want to see how fast.

/**
 * The figures to show from a `stats` event and the previous one (undefined for the first). Rates are null when they cannot
 * be known: at first, and across a restart of the server, which resets its counters.
 */
export function figures_of(now, before) {
    const seconds = before ? (now.time - before.time) / 1000 : 0;
    const restarted = before && now.uptime_seconds < before.uptime_seconds;
    const rate = name => (seconds > 0 && !restarted ? Math.max(0, now[name] - before[name]) / seconds : null);
    return {
        connected: now.active_clients,
        buffered: now.buffered_sessions,
        published: rate('events_published'),
        delivered: rate('events_delivered'),
        bytes: rate('bytes_delivered'),
        cpu: rate('cpu_seconds'),
        latency_us: now.latency_us ?? null,
        memory_bytes: now.memory_bytes ?? null,
    };
}

/** The times in milliseconds at which `stats` events are missing between two that came: one a second, for at most the last
 *  two minutes. */
export function missing_seconds(before, now) {
    const gap = before === undefined ? 0 : Math.round((now - before) / 1000) - 1;
    const count = Math.max(0, Math.min(gap, 120));
    return Array.from({ length: count }, (_, i) => now - 1000 * (count - i));
}
