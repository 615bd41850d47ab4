#!/usr/bin/env bash
# Everything that has to hold before a change is merged.
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { printf '\n== %s\n' "$*"; }

# What has been built is tested to the end, whatever fails on the way: one run tells all.
failed=()
tests() {
    step "$1"
    "${@:2}" || failed+=("$1")
}

# Tests wait a good part of their time: for timers, disks, and other programs.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$(($(nproc) * 2))}

step packages
tests/scripts/install.sh curl postgres slapd python3-venv litmus /usr/bin/rclone cadaver uv.h chromium aria2c qbittorrent-nox \
    7zz bsdtar bzip2 lz4 unzip xz zip zstd

# Emulators and what the tests have from PyPI come while the compiler works; of two who want the same at
# the same time one waits. What fails here is told by the step that needs it.
fetch() {
    tests/scripts/with-gcs.sh true
    tests/scripts/with-azure.sh true
    tests/scripts/with-s3.sh true
    tests/scripts/with-webdav.sh true
    tests/scripts/with-peer.sh true
    tests/scripts/python.sh
    tests/scripts/python.sh python-clients openapi-spec-validator==0.9.0 openapi-python-client==0.29.1
}
fetch >/dev/null 2>&1 &

step formatting
cargo fmt --all --check

# What is ours is compiled by clippy, in one go: `cargo clippy` would first look through everything
# that it stands on, which takes a third of a build on a machine that has none of it yet.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings

step 'build, with clippy'
cargo build --workspace --all-targets --quiet

step openapi.json
if ! diff <(tests/scripts/alcove.sh openapi) openapi.json >/dev/null; then
    echo 'openapi.json does not describe this program: run make openapi' >&2
    exit 1
fi

step 'the web interface'
(
    cd frontend
    npm ci --no-audit --no-fund --loglevel=error
    if ! npx openapi-typescript ../openapi.json --default-non-nullable=false 2>/dev/null | diff - src/api/schema.gen.ts >/dev/null; then
        echo 'the types of the web interface do not match openapi.json: run npm run types in frontend' >&2
        exit 1
    fi
    npm run --silent check
    npm run --silent test
    npm run --silent build
)

# Pictures are for who looks at them.
export ALCOVE_SHOTS=${ALCOVE_SHOTS-}

cargo_test=(cargo test --workspace --quiet --no-fail-fast)
tests 'unit tests, and the API on SQLite' \
    env ALCOVE_TEST_DB=sqlite tests/scripts/with-gcs.sh tests/scripts/with-azure.sh tests/scripts/with-webdav.sh tests/scripts/with-s3.sh "${cargo_test[@]}"
# The clients of others, garbage and descriptions ask a database for nothing that the rest does not ask:
# they are tested on SQLite only, unless everything is to be.
same_on_both=(
    bucket::wrong container dav::apps dav::clients dav::handed_out dav::joplin dav::nextcloud dav::raw dav::rclone dav::replays
    dav::sloppy doors edge file::upload::direct::driver kin limits::paths limits::table parsers qiniu real_tree site webdav
    workflow::archive::witnesses workflow::download::programs workflow::download::together workflow::download::web
    workflow::extract::hostile workflow::extract::kinds workflow::extract::names workflow::extract::sandboxed
)
skipped=()
[[ -n ${ALCOVE_TEST_ALL:-} ]] || for part in "${same_on_both[@]}"; do skipped+=("--skip=$part::"); done
tests 'the API on PostgreSQL' \
    env ALCOVE_TEST_DB=postgres tests/scripts/with-postgres.sh tests/scripts/with-gcs.sh tests/scripts/with-azure.sh tests/scripts/with-s3.sh \
    "${cargo_test[@]}" --test api -- \
    "${skipped[@]}"
tests 'clients generated from openapi.json' \
    tests/scripts/clients.sh
tests 'the web interface in a browser' \
    tests/scripts/with-s3.sh npm --prefix frontend run --silent tours

if [[ ${#failed[@]} -gt 0 ]]; then
    printf '\n== failed: %s\n' "${failed[*]}" >&2
    exit 1
fi
step done
