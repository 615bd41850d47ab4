#!/usr/bin/env bash
# Installs the system packages that building and testing need and that are missing.
# Quiet and quick when everything is there. Arguments: further commands that must exist.
set -euo pipefail

if ! command -v cargo >/dev/null; then
    echo 'cargo is missing: install Rust from https://rustup.rs first' >&2
    exit 1
fi

# The web interface is built with Node; what distributions carry is often too old.
if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null; then
    echo 'Node 20.19 or newer is missing: install it from https://nodejs.org first' >&2
    exit 1
fi

# command → Debian package
declare -A package_of=(
    [7zz]=7zip
    [bsdtar]=libarchive-tools
    [cc]=build-essential
    [c++]=build-essential
    [cmake]=cmake
    [curl]=curl
    [python3]=python3
    [wrk]=wrk
    [nginx]=nginx-light
    [slapd]=slapd
    [sqlite3]=sqlite3
    [7zz]=7zip
    [bsdtar]=libarchive-tools
    [bzip2]=bzip2
    [lz4]=lz4
    [xz]=xz-utils
    [zip]=zip
    [zstd]=zstd
    [aria2c]=aria2
)

missing=()
for tool in cc c++ cmake "$@"; do
    if [[ $tool == postgres ]]; then
        compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    elif [[ $tool == python3-venv ]]; then
        python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    elif [[ $tool == uv.h ]]; then
        # Node brings it along, unless a distribution has taken Node apart.
        [[ -f $(node -p 'path.resolve(process.execPath, "../../include/node/uv.h")') || -f /usr/include/uv.h ]] ||
            missing+=(libuv1-dev)
    elif [[ $tool == chromium ]]; then
        command -v chromium-headless-shell chromium >/dev/null || missing+=(chromium-headless-shell)
    elif ! PATH="$PATH:/usr/sbin" command -v "$tool" >/dev/null; then
        missing+=("${package_of[$tool]:-${tool##*/}}")
    fi
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

echo "installing ${missing[*]}"
as_root=()
[[ $(id -u) -eq 0 ]] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq >/dev/null
# The browser without its window: half the work, and the same engine. Not everybody has a package of it.
apt-cache show chromium-headless-shell >/dev/null 2>&1 || missing=("${missing[@]/#chromium-headless-shell/chromium}")
"${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
