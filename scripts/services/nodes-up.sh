#!/usr/bin/env bash
# Puts real Node binaries into DIR without any install script and prints one path a line.
#   nodes-up.sh DIR [MAJOR…]          (default: 22 24 26)          idempotent; Linux on x64 or arm64
# Keep DIR apart from the project: node_modules/.bin/node of such a package would take over `npm run`.
set -euo pipefail
[ $# -ge 1 ] || { sed -n 2,4p "$0" >&2; exit 2; }
mkdir -p "$1"; cd "$1"; shift; [ $# -gt 0 ] || set -- 22 24 26
case $(uname -sm) in
  'Linux x86_64') arch=x64 ;;
  'Linux aarch64') arch=arm64 ;;
  *) echo "no such packages for $(uname -sm): put the binaries at $PWD/node_modules/node<major>/bin/node" >&2; arch= ;;
esac
ok=1; for v in "$@"; do "node_modules/node$v/bin/node" -v 2>/dev/null | grep -q "^v$v\." || ok=; done
if [ -z "$ok" ]; then
  [ -n "$arch" ] || exit 3
  deps=$(printf '"node%s":"npm:node-linux-%s@%s",' $(for v in "$@"; do echo "$v" "$arch" "$v"; done))
  printf '{"private":true,"dependencies":{%s}}\n' "${deps%,}" >package.json; rm -f package-lock.json
  npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
fi
for v in "$@"; do printf '%s\n' "$PWD/node_modules/node$v/bin/node"; done
