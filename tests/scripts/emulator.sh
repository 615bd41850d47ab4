# What the scripts that run an emulator of somebody's storage have in common: they source this.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
beside=${CARGO_TARGET_DIR:-$here/../../target}

# installed FOLDER WHAT COMMAND…: what the command installs into a folder beside the build, unless it
# is there; of two scripts that want it at the same time one waits.
installed() {
    mkdir -p "$1"
    exec 9>"$1/lock"
    flock 9
    if [[ ! -f $1/made || $(<"$1/made") != "$2" ]]; then
        "${@:3}" >&2
        echo "$2" >"$1/made"
    fi
    exec 9>&-
}

free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# serve PORT COMMAND…: a server that listens there when this returns, and ends with the script.
serve() {
    log=$(mktemp "${TMPDIR:-/tmp}/alcove-emulator.XXXXXX")
    server=
    trap 'kill -9 $server 2>/dev/null || true; rm -f "$log"' EXIT
    trap 'exit 130' INT TERM
    # Killed with this script, too.
    setpriv --pdeathsig KILL -- "${@:2}" </dev/null >"$log" 2>&1 &
    server=$!
    disown "$server"
    for ((tries = 0; ; tries++)); do
        if (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
            return
        fi
        if ! kill -0 "$server" 2>/dev/null || ((tries > 300)); then
            tail -50 "$log" >&2
            exit 1
        fi
        sleep 0.2
    done
}
