# For the smoke tests: servers that end with the test, and a look at the figures of a run. To be sourced.
set -euo pipefail

work=$(mktemp -d)
server_pid=
load_pid=

cleanup() {
    for pid in $server_pid $load_pid; do
        kill "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# start SERVER OPTION...: starts it on a free port, in the place of the one before, and sets server_pid and url.
start() {
    local line
    [[ -z $server_pid ]] || kill "$server_pid"
    exec {ready}< <(exec "$@" --listen 127.0.0.1:0)
    server_pid=$!
    read -r -t 10 -u "$ready" line || fail "$1 did not get ready"
    url=${line##*http://}
}

# run STATUS NAME OPTION...: a run of the load that has to end with that status; its figures are in NAME.json.
# A run that has to lose something waits for it in vain: timeout=SECONDS before the call says how long.
run() {
    local wanted=$1 name=$2 status=0
    shift 2
    "$load" --url "$url" --pid "$server_pid" --timeout "${timeout:-10}" --json "$work/$name.json" "$@" >"$work/$name.log" 2>&1 || status=$?
    [[ $status -eq $wanted ]] || fail "$name ended with status $status: $(cat "$work/$name.log")"
}

# expect NAME KEY PATTERN: the figure of that run is, as a whole, what the extended regular expression says.
expect() {
    grep -qE "^  \"$2\": $3,?\$" "$work/$1.json" || fail "$1: $2 is not $3 in: $(cat "$work/$1.json")"
}

more_than_none='[1-9][0-9]*'
positive='[1-9][0-9.e+-]*|0\.[0-9]*[1-9][0-9]*'

expect_exact() {
    for key in lost told_lost duplicated misordered unexpected closed absent refused; do
        expect "$1" "$key" 0
    done
}
