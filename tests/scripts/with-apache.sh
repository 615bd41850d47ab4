#!/usr/bin/env bash
# Runs a command with a WebDAV server of its own, as `with-webdav.sh` does, but Apache's: it locks, wants a
# slash at the end of folders, and answers in words of its own.
set -euo pipefail
. "$(dirname "$0")/emulator.sh"

PATH=$PATH:/usr/sbin
"$here/install.sh" apache2 htpasswd
modules=/usr/lib/apache2/modules
port=$(free_port)
files=$(mktemp -d "${TMPDIR:-/tmp}/alcove-apache.XXXXXX")
mkdir "$files/files"
htpasswd -bc "$files/people" alcove 'a secret: key' 2>/dev/null
user=
if [[ $(id -u) -eq 0 ]]; then
    user=$'User www-data\nGroup www-data'
    chown www-data "$files" "$files/files"
    chmod 711 "$files"
fi
cat >"$files/apache.conf" <<CONF
ServerRoot "$files"
ServerName localhost
Listen 127.0.0.1:$port
PidFile "$files/pid"
ErrorLog /dev/stderr
LogLevel error
$user
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule dir_module $modules/mod_dir.so
LoadModule auth_basic_module $modules/mod_auth_basic.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authn_file_module $modules/mod_authn_file.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule dav_module $modules/mod_dav.so
LoadModule dav_fs_module $modules/mod_dav_fs.so
DavLockDB "$files/locks"
DocumentRoot "$files/files"
LimitRequestBody 0
<Directory "$files/files">
    Dav On
    DirectoryIndex disabled
    AuthType Basic
    AuthName Files
    AuthUserFile "$files/people"
    Require valid-user
</Directory>
CONF
serve "$port" apache2 -D FOREGROUND -f "$files/apache.conf"
trap 'kill $server 2>/dev/null; sleep 0.5; kill -9 $server 2>/dev/null || true; rm -rf "$log" "$files"' EXIT
export ALCOVE_TEST_WEBDAV="http://127.0.0.1:$port"
"$@"
