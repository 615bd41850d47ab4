#!/usr/bin/env bash
# Runs a command with an Azure Blob Storage of its own (Azurite from npm): `with-azure.sh cargo test …`.
#
# It keeps its blobs in memory and listens on loopback only. Its address is exported as
# ALCOVE_TEST_AZURE; account and key are those that every Azurite has. Containers are made by
# who needs one. Whatever the command's end, the server stops.
set -euo pipefail
. "$(dirname "$0")/emulator.sh"

if [[ -n ${ALCOVE_TEST_AZURE:-} ]]; then
    exec "$@"
fi

package=azurite@3.35.0
installed "$beside/azurite" "$package" \
    npm install --prefix "$beside/azurite" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "$package"
port=$(free_port)
serve "$port" node "$beside/azurite/node_modules/azurite/dist/src/blob/main.js" \
    --blobHost 127.0.0.1 --blobPort "$port" --inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent
export ALCOVE_TEST_AZURE="http://127.0.0.1:$port/devstoreaccount1"
"$@"
