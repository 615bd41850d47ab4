#!/usr/bin/env bash
# Runs a command with an Azure Blob Storage of its own (Azurite from npm): `with-azure.sh cargo test …`.
#
# It keeps its blobs in memory and listens on loopback only. Its address is exported as
# ALCOVE_TEST_AZURE; account and key are those that every Azurite has. Containers are made by
# who needs one. Whatever the command's end, the server stops.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

if [[ -n ${ALCOVE_TEST_AZURE:-} ]]; then
    exec "$@"
fi

# Installed once beside the build.
package=azurite@3.35.0
folder=${CARGO_TARGET_DIR:-$root/target}/azurite
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [[ ! -f $folder/made || $(<"$folder/made") != "$package" ]]; then
    npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "$package" >&2
    echo "$package" >"$folder/made"
fi
exec 9>&-

server=
log=$(mktemp "${TMPDIR:-/tmp}/alcove-azure.XXXXXX")
stop() {
    [[ -z $server ]] || kill -9 "$server" 2>/dev/null || true
    rm -f "$log"
}
trap stop EXIT
trap 'exit 130' INT TERM

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
# Killed with this script, too.
setpriv --pdeathsig KILL -- node "$folder/node_modules/azurite/dist/src/blob/main.js" \
    --blobHost 127.0.0.1 --blobPort "$port" --inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent \
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
export ALCOVE_TEST_AZURE="http://127.0.0.1:$port/devstoreaccount1"
"$@"
