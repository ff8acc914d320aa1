#!/usr/bin/env bash
# Starts Debian's redis-server on a loopback port; prints {"url":…,"port":…,"pid":…}.
#   redis-up.sh DIR [PORT]          redis-up.sh --stop DIR          both idempotent
# Env: REDIS_APPENDONLY (no): yes keeps in DIR what is written, also over a kill.
set -euo pipefail
STOP=; [ "${1:-}" != --stop ] || { STOP=1; shift; }
[ $# -ge 1 ] || { sed -n 2,4p "$0" >&2; exit 2; }
mkdir -p "$1"; DIR=$(cd "$1" && pwd); PORT=${2:-}
cli() { redis-cli -h 127.0.0.1 -p "$(cat "$DIR/port")" "$@" 2>/dev/null; }
up() { [ -s "$DIR/port" ] && [ "$(cli config get dir | tail -1)" = "$DIR" ]; }
if [ -n "$STOP" ]; then ! up || cli shutdown nosave || true; exit 0; fi
command -v redis-server >/dev/null || { echo 'missing redis-server: run scripts/services/apt-install.sh redis' >&2; exit 3; }
exec 9>"$DIR/lock"; flock 9
if ! up; then
  for _ in 1 2 3 4 5; do
    p=${PORT:-$((20000 + RANDOM % 10000))}; echo "$p" >"$DIR/port"
    redis-server --bind 127.0.0.1 --port "$p" --dir "$DIR" --save '' --appendonly "${REDIS_APPENDONLY:-no}" --maxmemory-policy noeviction \
      --daemonize yes --pidfile "$DIR/redis.pid" --logfile "$DIR/redis.log" >/dev/null 9>&-
    for _ in $(seq 200); do ! up || break 2; sleep 0.05; done
    [ -z "$PORT" ] || break
  done
  up || { tail -5 "$DIR/redis.log" >&2; exit 4; }
fi
printf '{"url":"redis://127.0.0.1:%s","port":%s,"pid":%s}\n' "$(cat "$DIR/port")" "$(cat "$DIR/port")" "$(cat "$DIR/redis.pid")"
