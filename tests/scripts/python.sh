#!/usr/bin/env bash
# Prints the path of a Python that has what tests need from PyPI, made once beside the build.
# `python.sh FOLDER PACKAGE…` makes another one.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${CARGO_TARGET_DIR:-$root/target}/${1:-python}
wanted=("${@:2}")
[[ $# -gt 0 ]] || wanted=(aiosmtpd==1.4.6)

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [[ ! -f $folder/made || $(<"$folder/made") != "${wanted[*]}" ]]; then
    python3 -m venv --clear "$folder/env" >&2
    "$folder/env/bin/pip" install --quiet --disable-pip-version-check "${wanted[@]}" >&2
    echo "${wanted[*]}" >"$folder/made"
fi
echo "$folder/env/bin/python"
