#!/usr/bin/env bash
# Runs a command beside a server of its own, the debug build that was built last, with a fresh data
# folder: `with-server.sh python3 …`. Its address is exported as ALCOVE_TEST_ADDRESS. Whatever the
# command's end, the server stops and its folder goes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

data=$(mktemp -d "${TMPDIR:-/tmp}/alcove-server.XXXXXX")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# A name: passkeys belong to no bare address.
export ALCOVE_TEST_ADDRESS="http://localhost:$port"
ALCOVE_LOG=${ALCOVE_LOG:-warn} ALCOVE_SETTING_siteURL=$ALCOVE_TEST_ADDRESS \
    "$here/alcove.sh" serve --listen "127.0.0.1:$port" --data "$data" &
server=$!

stop() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -rf "$data"
}
trap stop EXIT
trap 'exit 130' INT TERM

for _ in $(seq 600); do
    curl --silent --fail --output /dev/null "$ALCOVE_TEST_ADDRESS/api/v4/site/ping" && break
    kill -0 "$server" || exit 1
    sleep 0.1
done
"$@"
