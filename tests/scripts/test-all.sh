#!/usr/bin/env bash
# Everything of test.sh, with what it leaves out for the time it takes, and what takes longer still:
# each script in all.d.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The whole API on each database, each tour at every size.
export ALCOVE_TEST_ALL=1 ALCOVE_SIZES=all

tests/scripts/test.sh
for part in tests/scripts/all.d/*.sh; do
    printf '\n== %s\n' "$(basename "$part" .sh)"
    "$part"
done
