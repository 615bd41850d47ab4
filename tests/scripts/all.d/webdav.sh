#!/usr/bin/env bash
# Holds the driver for WebDAV servers to its promises on Apache's, which differs in much from the one that the
# other tests have.
set -euo pipefail
cd "$(dirname "$0")/../../.."

tests/scripts/with-apache.sh cargo test --workspace --quiet --test conformance -- webdav
