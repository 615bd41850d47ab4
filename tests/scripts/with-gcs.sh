#!/usr/bin/env bash
# Runs a command with a Google Cloud Storage of its own (fake-gcs-server): `with-gcs.sh cargo test …`.
#
# It keeps its objects in memory, listens on loopback only and believes every key. Its address is
# exported as ALCOVE_TEST_GCS. Buckets are made by who needs one. Whatever the command's end, the
# server stops.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

if [[ -n ${ALCOVE_TEST_GCS:-} ]]; then
    exec "$@"
fi

# Built once beside the build.
module=github.com/fsouza/fake-gcs-server@v1.56.1
folder=${CARGO_TARGET_DIR:-$root/target}/fake-gcs
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [[ ! -f $folder/made || $(<"$folder/made") != "$module" ]]; then
    go=$("$here/go.sh")
    GOBIN=$folder/bin CGO_ENABLED=0 "$go" install -ldflags='-s -w' "$module" >&2
    echo "$module" >"$folder/made"
fi
exec 9>&-

server=
log=$(mktemp "${TMPDIR:-/tmp}/alcove-gcs.XXXXXX")
stop() {
    [[ -z $server ]] || kill -9 "$server" 2>/dev/null || true
    rm -f "$log"
}
trap stop EXIT
trap 'exit 130' INT TERM

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
# Killed with this script, too.
setpriv --pdeathsig KILL -- "$folder/bin/fake-gcs-server" \
    -backend memory -scheme http -host 127.0.0.1 -port "$port" -public-host 127.0.0.1 -log-level error \
    </dev/null >"$log" 2>&1 &
server=$!
disown "$server"

for ((tries = 0; ; tries++)); do
    if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        break
    fi
    if ! kill -0 "$server" 2>/dev/null || ((tries > 300)); then
        tail -50 "$log" >&2
        exit 1
    fi
    sleep 0.2
done
export ALCOVE_TEST_GCS="http://127.0.0.1:$port"
"$@"
