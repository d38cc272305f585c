// Reads what an unsuccessful answer says (RFC 9457).

/** One line for a person: the problem's detail with its status, else the status alone. */
export async function problem_of(answer) {
    const is_problem = (answer.headers.get('Content-Type') ?? '').startsWith('application/problem+json');
    const body = await answer.text().catch(() => '');
    const said = `${answer.status} ${answer.statusText}`.trim();
    try {
        return is_problem ? `${JSON.parse(body).detail} (${said})` : said;
    } catch {
        return said;
    }
}
