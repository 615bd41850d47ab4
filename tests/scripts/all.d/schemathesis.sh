#!/usr/bin/env bash
# Sends generated requests to every operation of openapi.json: none may fail by the server's own
# fault, and every answer has to be one that is described.
set -euo pipefail
cd "$(dirname "$0")/../../.."

python=$(tests/scripts/python.sh python-schemathesis schemathesis==4.32.5)
cargo build --workspace --bin alcove --quiet
export PATH="$(dirname "$python"):$PATH"
exec tests/scripts/with-server.sh tests/clients/schemathesis.sh "$@"
