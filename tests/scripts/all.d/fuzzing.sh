#!/usr/bin/env bash
# What takes too long for every change: a minute of fuzzing for each parser of what strangers send,
# and random walks against the model that are long and differ each time.
set -euo pipefail
cd "$(dirname "$0")/../../.."

seconds=${ALCOVE_FUZZ_SECS:-60}
seed=${ALCOVE_TEST_SEED:-$RANDOM}
echo "== random walks, ALCOVE_TEST_SEED=$seed"
ALCOVE_TEST_SEED=$seed ALCOVE_TEST_MODEL_STEPS=${ALCOVE_TEST_MODEL_STEPS:-5000} \
    cargo test --workspace --quiet --test api -- model

if cargo +nightly fuzz --version >/dev/null 2>&1; then
    for target in tests/fuzz/fuzz_targets/*.rs; do
        name=$(basename "$target" .rs)
        echo "== fuzzing $name"
        # What is new goes beside the corpus, not into it.
        mkdir -p "tests/fuzz/artifacts/$name.found"
        cargo +nightly fuzz run --fuzz-dir tests/fuzz "$name" \
            "tests/fuzz/artifacts/$name.found" "tests/fuzz/corpus/$name" \
            -- -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=1024
    done
else
    echo '== changes of the corpus (cargo-fuzz is not installed)'
    ALCOVE_TEST_SEED=$seed ALCOVE_FUZZ_SECS=$seconds \
        cargo test --workspace --quiet --test api -- parsers
fi
