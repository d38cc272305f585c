// JSON for people to read.

/** Text that is nested deeper than this is not indented further; otherwise it would be mostly spaces. */
const deepest_indent = 40;

/**
 * Puts each member of a JSON object or array on a line of its own. Numbers and strings stay as written; a parser would
 * round large numbers and drop duplicate names. Returns undefined for any other text.
 */
export function indented_json(text) {
    if (!/^\s*[[{]/.test(text)) return undefined;
    try {
        JSON.parse(text);
    } catch {
        return undefined;
    }
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g);
    const lines = [];
    let depth = 0;
    let line = '';
    const end_line = () => {
        lines.push(line);
        line = '  '.repeat(Math.min(depth, deepest_indent));
    };
    tokens.forEach((token, i) => {
        const opens = token === '{' || token === '[';
        const closes = token === '}' || token === ']';
        const is_empty = closes && /^[{[]$/.test(tokens[i - 1]);
        if (closes && !is_empty) {
            --depth;
            end_line();
        }
        line += token === ':' ? ': ' : token;
        if (opens && !/^[}\]]$/.test(tokens[i + 1])) {
            ++depth;
            end_line();
        } else if (token === ',') {
            end_line();
        }
    });
    return [...lines, line].join('\n');
}
