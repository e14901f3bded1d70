#!/bin/sh
# Install the parts of Samba that the directory tests start by themselves, if they are missing and this may be done here.
set -eu
if /usr/bin/python3 -c "import samba.provision" 2>/dev/null && command -v samba >/dev/null 2>&1 && [ -d /usr/share/samba/setup ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "samba: not installed, and it cannot be installed here (that needs apt-get and root). The directory tests will be skipped." >&2
  exit 0
fi
echo "samba: installing" >&2
# The packages would start servers of their own; this keeps them from it while they are unpacked.
guard=/usr/sbin/policy-rc.d
[ -e "$guard" ] || { printf '#!/bin/sh\nexit 101\n' > "$guard"; chmod +x "$guard"; trap 'rm -f "$guard"' EXIT; }
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind python3-samba ldb-tools >/dev/null
