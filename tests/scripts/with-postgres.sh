#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own: `with-postgres.sh cargo test …`.
#
# The cluster lives in a temporary folder, listens on a socket there and nowhere else, trusts
# everybody who can reach it, and never syncs: it is for tests. Its address is exported as
# ALCOVE_TEST_POSTGRES. Whatever the command's end, the cluster stops and its folder goes.
set -euo pipefail

bin=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
if [[ -z $bin ]]; then
    echo 'PostgreSQL is not installed: run tests/scripts/install.sh postgres' >&2
    exit 1
fi

# Each test has a database of its own, and most of the time of that goes into making its files: in memory
# that takes half as long.
place=${TMPDIR:-/tmp}
free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)
if [[ -z ${TMPDIR:-} && ${free:-0} -gt 4194304 ]]; then
    place=/dev/shm
fi
folder=$(mktemp -d "$place/alcove-postgres.XXXXXX")

# PostgreSQL refuses to run as root.
as_postgres=()
if [[ $(id -u) -eq 0 ]]; then
    chown postgres "$folder"
    as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi
chmod 755 "$folder"

stop() {
    "${as_postgres[@]}" "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

cd "$folder"
"${as_postgres[@]}" "$bin/initdb" --pgdata="$folder/data" --username=alcove --auth=trust \
    --encoding=UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    exit 1
}
"${as_postgres[@]}" "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/data/server.log" --wait \
    --options="-c listen_addresses='' -c unix_socket_directories='$folder' -c max_connections=600 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=256MB" start >/dev/null || {
    cat "$folder/data/server.log" >&2
    exit 1
}
cd "$OLDPWD"

export ALCOVE_TEST_POSTGRES="postgres://alcove@localhost:5432/postgres?host=$folder"
"$@"
