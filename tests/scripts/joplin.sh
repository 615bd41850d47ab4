#!/usr/bin/env bash
# Prints the path of Joplin's terminal program, installed once beside the build.
#
# It comes from npm as it was on one day, dependencies included, so that it is the same everywhere.
# No script of a package runs: the one part that has to be compiled, its database, is compiled here
# from the sources in its package. It wants a C++ compiler and `uv.h`, which comes with Node or with
# libuv1-dev (install.sh uv.h).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${CARGO_TARGET_DIR:-$root/target}/joplin
packages=(joplin@3.5.1 node-api-headers@1.7.0)
day=2026-02-09

compile() {
    local modules=$folder/node_modules
    local sqlite=$modules/sqlite3 build=$folder/build module
    module=$(cd "$sqlite" && node -p 'require("@mapbox/node-pre-gyp").find(require("path").resolve("package.json"))')
    mkdir -p "$build" "$(dirname "$module")"
    tar -xzf "$sqlite"/deps/sqlite-autoconf-*.tar.gz -C "$build" --strip-components=1
    cc -c -O1 -fPIC -w -DSQLITE_THREADSAFE=1 -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5 \
        "$build/sqlite3.c" -o "$build/sqlite3.o" &
    c++ -r -nostdlib -O1 -fPIC -w -std=c++17 -DNAPI_VERSION=6 -DNAPI_DISABLE_CPP_EXCEPTIONS=1 \
        -I"$build" -I"$modules/node-addon-api" -I"$modules/node-api-headers/include" \
        -I"$(node -p 'path.resolve(process.execPath, "../../include/node")')" \
        "$sqlite"/src/*.cc -o "$build/binding.o"
    wait $!
    c++ -shared "$build/binding.o" "$build/sqlite3.o" -lpthread -ldl -lm -o "$module"
    rm -rf "$build"
}

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [[ ! -f $folder/made || $(<"$folder/made") != "${packages[*]} $day" ]]; then
    rm -rf "$folder/node_modules"
    npm install --prefix "$folder" --before="$day" --ignore-scripts --no-save --no-audit --no-fund \
        --loglevel=error "${packages[@]}" >&2
    compile >&2
    echo "${packages[*]} $day" >"$folder/made"
fi
echo "$folder/node_modules/joplin/main.js"
