#!/usr/bin/env bash
# Puts real Node binaries into DIR without any install script and prints one path a line, those it got.
#   nodes-up.sh DIR [MAJOR…]          (default: 22 24 26)          idempotent; Linux on x64 or arm64
# Keep DIR apart from the project: node_modules/.bin/node of such a package would take over `npm run`.
set -euo pipefail
[ $# -ge 1 ] || { sed -n 2,4p "$0" >&2; exit 2; }
mkdir -p "$1"; cd "$1"; shift; [ $# -gt 0 ] || set -- 22 24 26
there() { "$1/node_modules/node/bin/node" -v 2>/dev/null | grep -q "^v$1\."; }
fetch() { # a folder each, so that fetching one never removes another
  case $(uname -sm) in
    'Linux x86_64') arch=x64 ;;
    'Linux aarch64') arch=arm64 ;;
    *) echo "there is no npm package with Node for $(uname -sm): put the binary at $PWD/$1/node_modules/node/bin/node" >&2; return 1 ;;
  esac
  mkdir -p "$1"
  printf '{"private":true,"dependencies":{"node":"npm:node-linux-%s@%s"}}\n' "$arch" "$1" >"$1/package.json"
  npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
}
code=0
for v in "$@"; do
  if there "$v" || { fetch "$v" && there "$v"; }; then printf '%s\n' "$PWD/$v/node_modules/node/bin/node"
  else code=1; fi
done
exit $code
