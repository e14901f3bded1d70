#!/bin/sh
# Install what the tests of the service start or ask by themselves (an OpenID provider on Node, systemd-analyze), if it is missing and this may be done here.
set -eu
wanted=
command -v npm >/dev/null 2>&1 || wanted="$wanted nodejs npm"
command -v systemd-analyze >/dev/null 2>&1 || wanted="$wanted systemd"
command -v ps >/dev/null 2>&1 || wanted="$wanted procps"
[ -n "$wanted" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "service: not installed, and cannot be installed here (that needs apt-get and root):$wanted. Their tests will be skipped." >&2
  exit 0
fi
echo "service: installing$wanted" >&2
apt-get update -qq
# shellcheck disable=SC2086 - several words on purpose
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
