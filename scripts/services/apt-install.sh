#!/usr/bin/env bash
# Installs from Debian whatever of the named groups is missing. Idempotent; needs root.
#   apt-install.sh [wordpress] [redis] [chromium] [prometheus] [clickhouse]     (default: wordpress redis)
# Services are never started (policy-rc.d answers 101 while this runs; no systemd needed).
set -euo pipefail
[ $# -gt 0 ] || set -- wordpress redis
pkgs=()
for g in "$@"; do case $g in
  # micro-httpd satisfies WordPress's "a web server"; with no apache2 site nothing listens.
  wordpress)  pkgs+=(wordpress wordpress-theme-twentytwentythree micro-httpd php php-cgi php-cli
                     php-mysql php-curl php-xml php-mbstring mariadb-server curl procps) ;;
  redis)      pkgs+=(redis-server) ;;
  chromium)   pkgs+=(chromium fonts-liberation) ;;
  prometheus) pkgs+=(prometheus) ;;
  clickhouse) pkgs+=(clickhouse-server) ;;
  *) echo "unknown group: $g" >&2; exit 2 ;;
esac; done
missing=()
for p in "${pkgs[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
rc=/usr/sbin/policy-rc.d
if [ ! -e $rc ]; then printf '#!/bin/sh\nexit 101\n' >$rc; chmod +x $rc; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" >&2; }
# A package list that is older than the mirror names versions that are gone: ask for a new one only then.
install || { apt-get update -q >&2; install; }
