#!/usr/bin/env bash
# Runs a command beside a peer that seeds torrents, and its tracker: `with-peer.sh cargo test …`.
#
# Both listen on loopback only. The folder with the torrents is exported as ALCOVE_TEST_PEER: what is
# in them lies in `content`. Whatever the command's end, the peer stops and its folder goes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [[ -n ${ALCOVE_TEST_PEER:-} ]]; then
    exec "$@"
fi

"$here/install.sh" aria2c qbittorrent-nox python3-venv >&2
python=$("$here/python.sh" python-peer libtorrent==2.0.11)
folder=$(mktemp -d "${TMPDIR:-/tmp}/alcove-peer.XXXXXX")

peer=
stop() {
    [[ -z $peer ]] || kill -9 "$peer" 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

# Killed with this script, too.
setpriv --pdeathsig KILL -- "$python" "$here/peer.py" "$folder" </dev/null >"$folder/log" 2>&1 &
peer=$!
disown "$peer"

for _ in $(seq 300); do
    [[ ! -f $folder/ready ]] || break
    kill -0 "$peer" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
[[ -f $folder/ready ]] || { echo 'the peer is not getting ready' >&2; exit 1; }
export ALCOVE_TEST_PEER=$folder
"$@"
