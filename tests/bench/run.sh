#!/usr/bin/env bash
# Measures the release build on this machine and prints the table of docs/performance.md.
# `run.sh 3` makes every measurement last three seconds instead of ten.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/scripts/install.sh wrk nginx curl python3 rclone >&2
cargo build --release --quiet --package server --bin alcove
exec python3 tests/bench/bench.py \
    "${CARGO_TARGET_DIR:-$PWD/target}/release/alcove" --seconds "${1:-10}"
