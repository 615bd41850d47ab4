#!/usr/bin/env bash
# Runs a command with a Google Cloud Storage of its own (fake-gcs-server): `with-gcs.sh cargo test …`.
#
# It keeps its objects in memory, listens on loopback only and believes every key. Its address is
# exported as ALCOVE_TEST_GCS. Buckets are made by who needs one. Whatever the command's end, the
# server stops.
set -euo pipefail
. "$(dirname "$0")/emulator.sh"

if [[ -n ${ALCOVE_TEST_GCS:-} ]]; then
    exec "$@"
fi

module=github.com/fsouza/fake-gcs-server@v1.56.1
build() {
    GOBIN=$beside/fake-gcs/bin CGO_ENABLED=0 "$("$here/go.sh")" install -ldflags='-s -w' "$module"
}
installed "$beside/fake-gcs" "$module" build
port=$(free_port)
serve "$port" "$beside/fake-gcs/bin/fake-gcs-server" \
    -backend memory -scheme http -host 127.0.0.1 -port "$port" -public-host 127.0.0.1 -log-level error
export ALCOVE_TEST_GCS="http://127.0.0.1:$port"
"$@"
