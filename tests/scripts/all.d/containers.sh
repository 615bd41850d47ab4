#!/usr/bin/env bash
# Builds the container of the Dockerfile, on images made here where no registry can be reached, and runs
# it as docker-compose.yml does: as a user of its own, on a volume, until it is told to stop.
set -euo pipefail
cd "$(dirname "$0")/../../.."

tests/scripts/install.sh curl podman debootstrap /usr/sbin/runc python3-venv
if [[ $(id -u) -ne 0 ]]; then
    echo 'containers are tested as root only' >&2
    exit 0
fi

folder=$(mktemp -d "${TMPDIR:-/var/tmp}/alcove-containers.XXXXXX")
cat >"$folder/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
export CONTAINERS_CONF="$folder/containers.conf"
# Where layers cannot lie upon one another each is a copy of all below it, for which there has to be room.
driver=vfs
mkdir "$folder"/{lower,upper,work,merged}
if mount -t overlay overlay "$folder/merged" \
    -o "lowerdir=$folder/lower,upperdir=$folder/upper,workdir=$folder/work" 2>/dev/null; then
    umount "$folder/merged"
    driver=overlay
fi
engine=(podman --root "$folder/store" --runroot "$folder/run" --storage-driver "$driver")
finish() {
    "${engine[@]}" rm --all --force >/dev/null 2>&1 || true
    umount "$folder/store/overlay" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

echo 'a system to build on'
debootstrap --variant=minbase --include=ca-certificates bookworm "$folder/base" >"$folder/debootstrap.log" ||
    { tail -20 "$folder/debootstrap.log"; exit 1; }
# Who stands between this machine and the registries is trusted there as well as here.
cp /etc/ssl/certs/ca-certificates.crt "$folder/base/etc/ssl/certs/ca-certificates.crt"
cp /etc/resolv.conf /etc/hosts "$folder/base/etc/"
image() {
    tar -C "$folder/base" -c . | "${engine[@]}" import - "localhost/$1" >/dev/null
}
image system

echo 'toolchains as the images of a registry have them'
mkdir -p "$folder/base/usr/local"
cp -a "$(rustc --print sysroot)/." "$folder/base/usr/local/"
rm -rf "$folder"/base/usr/local/share/{doc,man}
chroot "$folder/base" apt-get update -qq >/dev/null
chroot "$folder/base" apt-get install -qq -y --no-install-recommends gcc g++ libc6-dev make >/dev/null
node=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
npm=$(npm root --global)/npm
cp "$node/bin/node" "$folder/base/usr/local/bin/node"
# What the node of this machine is linked to beyond the C library.
ldd "$node/bin/node" | awk '$3 ~ /^\// { print $3 }' | while read -r library; do
    [[ -e $folder/base$library ]] || install -D "$library" "$folder/base$library"
done
mkdir -p "$folder/base/usr/local/lib/node_modules" "$folder/base/usr/local/etc"
# Node trusts what is built into it, unless it is told otherwise.
echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$folder/base/usr/local/etc/npmrc"
cp -rL "$npm" "$folder/base/usr/local/lib/node_modules/"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$folder/base/usr/local/bin/npm"
image toolchains

echo 'the container'
"${engine[@]}" build --isolation=chroot --network=host --quiet \
    --build-arg BASE_IMAGE=localhost/system \
    --build-arg NODE_IMAGE=localhost/toolchains \
    --build-arg RUST_IMAGE=localhost/toolchains \
    --tag localhost/alcove . >"$folder/build.log" 2>&1 || { tail -40 "$folder/build.log"; exit 1; }

echo 'a server in it'
run=(
    "${engine[@]}" run --detach --name alcove --init=false --network=host --read-only --tmpfs /tmp
    --cap-drop=ALL --security-opt=no-new-privileges --volume alcove-data:/data
    localhost/alcove serve --listen 127.0.0.1:5299 --data /data
)
answers() {
    for _ in {1..100}; do
        curl --fail --silent http://127.0.0.1:5299/readyz && return
        sleep 0.2
    done
    "${engine[@]}" logs alcove >&2
    return 1
}
"${run[@]}" >/dev/null
answers
[[ $("${engine[@]}" exec alcove id -u) == 10001 ]]
curl --fail --silent --json '{"email":"first@example.com","password":"correct horse battery"}' \
    http://127.0.0.1:5299/api/v4/user | grep -q '"code":0'
"${engine[@]}" exec alcove alcove doctor --data /data | grep -q 'Everything is as it should be'
curl --fail --silent http://127.0.0.1:5299/ | grep -qi '<!doctype html>'

echo 'it stops when it is told to, and its volume stays'
"${engine[@]}" stop --time 20 alcove >/dev/null
[[ $("${engine[@]}" inspect --format '{{.State.ExitCode}}' alcove) == 0 ]]
"${engine[@]}" rm alcove >/dev/null
"${run[@]}" >/dev/null
answers
"${engine[@]}" exec alcove alcove user list --data /data | grep -q first@example.com

echo 'the description of services is one'
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet podman-compose
"$folder/venv/bin/podman-compose" --file docker-compose.yml config >/dev/null
echo 'containers: 1 passed, 0 failed'
