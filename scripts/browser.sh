#!/bin/sh
# Install what the browser tests start by themselves (Chromium, axe-core, Lighthouse), if it is missing and this may be done here.
set -eu
cd "$(dirname "$0")/../tests/browser"
if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1 && [ -z "${CHROMIUM:-}" ]; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "browser: installing chromium" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-liberation libatomic1 >/dev/null
  else
    echo "browser: Chromium is not installed, and cannot be installed here (that needs apt-get and root). The browser tests will be skipped." >&2
    exit 0
  fi
fi
if ! command -v npm >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "browser: installing npm" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
  else
    echo "browser: npm is not installed, so axe-core and Lighthouse are not either. Their tests will be skipped." >&2
    exit 0
  fi
fi
stamp=node_modules/.installed
sum=$(sha256sum package-lock.json | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && exit 0
echo "browser: installing axe-core and Lighthouse" >&2
npm ci --no-audit --no-fund --loglevel=error >&2
echo "$sum" > "$stamp"
