#!/usr/bin/env bash
# Holds openapi.json to what strangers make of it: it is valid, and a client generated from it works
# against the debug build. The one in TypeScript is a tour of the web interface.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(tests/scripts/python.sh python-clients openapi-spec-validator==0.9.0 openapi-python-client==0.29.1)
# The generator calls its formatter by name.
export PATH="$(dirname "$python"):$PATH"

"$python" -m openapi_spec_validator openapi.json

generated=$(mktemp -d "${TMPDIR:-/tmp}/alcove-clients.XXXXXX")
trap 'rm -rf "$generated"' EXIT
openapi-python-client generate --path openapi.json --meta none --fail-on-warning \
    --output-path "$generated/alcove_client"
PYTHONPATH=$generated tests/scripts/with-server.sh "$python" tests/clients/generated.py
