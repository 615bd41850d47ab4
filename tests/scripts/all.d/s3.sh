#!/usr/bin/env bash
# Holds the driver for buckets to the conformance suite, on an S3 server of its own (SeaweedFS).
set -euo pipefail
cd "$(dirname "$0")/../../.."

tests/scripts/install.sh python3-venv
cargo test --quiet --workspace --test conformance -- --test-threads=2
