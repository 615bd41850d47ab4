#!/usr/bin/env bash
# Everything of test.sh, and what takes longer: each script in all.d.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/scripts/test.sh
for part in tests/scripts/all.d/*.sh; do
    printf '\n== %s\n' "$(basename "$part" .sh)"
    "$part"
done
