#!/usr/bin/env bash
# Runs the debug build of the program that was built last.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
exec "${CARGO_TARGET_DIR:-$root/target}/debug/alcove" "$@"
