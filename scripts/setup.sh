#!/bin/sh
# Make .venv at the root with everything that requirements/$1.txt locks, and Faultbook itself in editable form.
# Usage: scripts/setup.sh run|dev
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
wanted=requirements/$what.txt
stamp=.venv/.installed-$what
sum=$(cat "$wanted" pyproject.toml hatch_build.py | sha256sum | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && exit 0

python=
for name in python3.14 python3.13 python3.12 python3.11 python3; do
  if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$name
    [ "$name" = python3.11 ] || command -v python3.11 >/dev/null 2>&1 || break
    [ "$name" = python3.11 ] && break
  fi
done
[ -n "$python" ] || { echo "setup: no Python 3.11 or newer was found. Install one (Debian: apt-get install python3 python3-venv) and run this again." >&2; exit 1; }

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  rm -rf .venv
  if ! "$python" -m venv .venv >/dev/null 2>&1; then
    # Debian ships the venv module without what it needs to fill one; the package python3-venv brings it.
    rm -rf .venv
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
      echo "setup: installing python3-venv" >&2
      apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv ca-certificates >/dev/null
      "$python" -m venv .venv
    else
      echo "setup: $python cannot make a virtual environment. On Debian run: apt-get install python3-venv" >&2
      exit 1
    fi
  fi
fi
echo "setup: installing $wanted into .venv" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$wanted"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# Byte code now, so that the first command is as quick as the second.
.venv/bin/python -m compileall -q src
echo "$sum" > "$stamp"
