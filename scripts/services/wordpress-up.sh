#!/usr/bin/env bash
# Starts a real WordPress (Debian's packages) with its own MariaDB, all data under DIR.
#   wordpress-up.sh DIR [PORT]        prints {"url":…,"user":…,"appPassword":…, …} on stdout
# Idempotent: a running site is only printed, a stopped one is started again with its content.
# Env: WP_WORKERS (4) PHP workers; WP_WEBHOOK_URL: POSTed to when a post's status changes;
#      WP_WEBHOOK_SECRET (whsec_…base64): signs it as Standard Webhooks say (webhook-id, webhook-timestamp, webhook-signature).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin   # not on every user's PATH, and mariadbd lives there
[ $# -ge 1 ] || { sed -n 2,5p "$0" >&2; exit 2; }
mkdir -p "$1"; DIR=$(cd "$1" && pwd); WANT=${2:-}
WWW=$DIR/www DB=$DIR/db RUN=$DIR/run SITE=$DIR/site.json
mkdir -p "$RUN"
for c in php mariadbd mariadb-install-db mariadb curl flock; do
  command -v $c >/dev/null || { echo "missing $c: run scripts/services/apt-install.sh wordpress" >&2; exit 3; }
done
exec 9>"$RUN/lock"; flock 9

alive() { local p; p=$(cat "$RUN/$1.pid" 2>/dev/null) && [ -n "$p" ] && grep -qaF -- "$DIR" "/proc/$p/cmdline" 2>/dev/null; }
free_port() { php -r '$s=stream_socket_server("tcp://127.0.0.1:".($argv[1]??0));if(!$s)exit(1);echo explode(":",stream_socket_get_name($s,false))[1];' -- "$@" 2>/dev/null; }
wait_for() { local n=$1; shift; while ! "$@" >/dev/null 2>&1; do [ $((n--)) -gt 0 ] || return 1; sleep 0.1; done; }

if alive php && alive mysqld && [ -s "$SITE" ]; then cat "$SITE"; exit 0; fi
"$(dirname "$(readlink -f "$0")")/wordpress-down.sh" --locked "$DIR"     # clear a half-stopped site

# --- port: the asked one, else last time's, else any free one
PORT=$(free_port ${WANT:-$(cat "$DIR/port" 2>/dev/null || echo 0)}) || {
  [ -z "$WANT" ] || { echo "port $WANT is taken" >&2; exit 4; }; PORT=$(free_port 0); }
echo "$PORT" >"$DIR/port"

# --- files: a copy, since the packaged wp-config.php reads /etc/wordpress
if [ ! -e "$WWW/.copied" ]; then
  rm -rf "$WWW"; cp -rL --reflink=auto /usr/share/wordpress "$WWW" 2>/dev/null || true   # .htaccess may dangle
  rm -f "$WWW/.htaccess" "$WWW/wp-config.php"; mkdir -p "$WWW/wp-content/uploads" "$WWW/wp-content/mu-plugins"
  [ -e "$WWW/wp-settings.php" ] && touch "$WWW/.copied"
fi
# A socket path holds 107 bytes at most: fall back to /tmp for a long DIR.
SOCK=$RUN/mysqld.sock; [ ${#SOCK} -lt 100 ] || SOCK=${TMPDIR:-/tmp}/wp-$(printf %s "$DIR" | md5sum | cut -c1-12).sock
[ -s "$DIR/salt" ] || head -c 32 /dev/urandom | base64 | tr -d '\n' >"$DIR/salt"
SALT=$(cat "$DIR/salt")
{ echo "<?php // written by wordpress-up.sh at each start"
  for k in AUTH SECURE_AUTH LOGGED_IN NONCE; do echo "define('${k}_KEY','$k$SALT');define('${k}_SALT','s$k$SALT');"; done
  cat <<P
define('DB_NAME','wordpress'); define('DB_USER','root'); define('DB_PASSWORD',''); define('DB_HOST','localhost:$SOCK');
define('DB_CHARSET','utf8mb4'); define('DB_COLLATE','');
define('WP_HOME','http://127.0.0.1:$PORT'); define('WP_SITEURL',WP_HOME);
define('WP_ENVIRONMENT_TYPE','local');       // application passwords without https
define('DISABLE_WP_CRON',true); define('AUTOMATIC_UPDATER_DISABLED',true); define('WP_AUTO_UPDATE_CORE',false);
define('WP_HTTP_BLOCK_EXTERNAL',true); define('WP_ACCESSIBLE_HOSTS','127.0.0.1,localhost');
define('WP_DEBUG',true); define('WP_DEBUG_DISPLAY',false); define('WP_DEBUG_LOG','$RUN/debug.log');
define('FS_METHOD','direct'); define('TEST_WEBHOOK_URL','${WP_WEBHOOK_URL:-}'); define('TEST_WEBHOOK_SECRET','${WP_WEBHOOK_SECRET:-}');
\$table_prefix='wp_';
if(!defined('ABSPATH'))define('ABSPATH',__DIR__.'/');
require_once ABSPATH.'wp-settings.php';
P
} >"$WWW/wp-config.php"
cat >"$WWW/wp-content/mu-plugins/test-webhook.php" <<'P'
<?php /* Plugin Name: Test webhook (posts to TEST_WEBHOOK_URL when a post's status changes) */
add_action('transition_post_status', function ($new, $old, $post) {
  if (!TEST_WEBHOOK_URL || $post->post_type !== 'post' || $new === 'auto-draft') return;
  $id = $_SERVER['HTTP_X_REQUEST_ID'] ?? wp_generate_uuid4();
  $body = wp_json_encode(['event' => 'post.status', 'postId' => $post->ID, 'from' => $old, 'to' => $new]);
  $headers = ['Content-Type' => 'application/json', 'X-Request-Id' => $id];
  if (isset($_SERVER['HTTP_TRACEPARENT'])) $headers['traceparent'] = $_SERVER['HTTP_TRACEPARENT'];
  if (TEST_WEBHOOK_SECRET) {
    $mid = 'msg_' . wp_generate_uuid4(); $ts = time();
    $key = base64_decode(preg_replace('/^whsec_/', '', TEST_WEBHOOK_SECRET));
    $headers += ['webhook-id' => $mid, 'webhook-timestamp' => (string) $ts,
      'webhook-signature' => 'v1,' . base64_encode(hash_hmac('sha256', "$mid.$ts.$body", $key, true))];
  }
  wp_remote_post(TEST_WEBHOOK_URL, ['timeout' => 5, 'blocking' => true, 'headers' => $headers, 'body' => $body]);
}, 10, 3);
P
cat >"$DIR/router.php" <<'P'
<?php // php -S: real files as they are, everything else to WordPress (pretty permalinks)
$p = urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?? '/');
$f = $_SERVER['DOCUMENT_ROOT'] . $p;
if ($p !== '/' && (is_file($f) || is_file(rtrim($f, '/') . '/index.php'))) return false;
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
chdir($_SERVER['DOCUMENT_ROOT']); require $_SERVER['SCRIPT_FILENAME'];
P

# --- MariaDB: unix socket only, no durability
AS=(); [ "$(id -u)" != 0 ] || AS=(--user=root)
if [ ! -e "$DIR/.db" ]; then
  rm -rf "$DB"
  mariadb-install-db --no-defaults "${AS[@]}" --datadir="$DB" --auth-root-authentication-method=normal \
    --skip-test-db --innodb-log-file-size=16M >"$RUN/install-db.log" 2>&1 || { cat "$RUN/install-db.log" >&2; exit 5; }
  touch "$DIR/.db"
fi
setsid mariadbd --no-defaults "${AS[@]}" --datadir="$DB" --socket="$SOCK" --pid-file="$RUN/mariadbd.pid" --skip-networking \
  --innodb-log-file-size=16M --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
  --sync-binlog=0 --performance-schema=0 --skip-name-resolve --max-connections=100 \
  >>"$RUN/mysqld.log" 2>&1 </dev/null 9>&- & echo $! >"$RUN/mysqld.pid"
SQL=(mariadb --no-defaults --socket="$SOCK" -uroot)
wait_for 600 "${SQL[@]}" -e 'select 1' || { tail -20 "$RUN/mysqld.log" >&2; exit 5; }

# --- WordPress: tables, admin, permalinks, application password (once)
if [ ! -s "$SITE" ]; then
  "${SQL[@]}" -e 'drop database if exists wordpress; create database wordpress character set utf8mb4'
  cat >"$RUN/install.php" <<'P'
<?php
[$_, $www, $site, $url] = $argv;
$_SERVER += ['HTTP_HOST' => parse_url($url, PHP_URL_HOST).':'.parse_url($url, PHP_URL_PORT), 'REQUEST_URI' => '/', 'REQUEST_METHOD' => 'GET'];
define('WP_INSTALLING', true);
function wp_new_blog_notification() {}                      // no mail
require "$www/wp-load.php"; require ABSPATH.'wp-admin/includes/upgrade.php';
$pw = wp_generate_password(24, false);
$r = wp_install('Test site', 'admin', 'admin@example.test', true, '', $pw);
global $wp_rewrite;
$wp_rewrite->set_permalink_structure('/%postname%/'); $wp_rewrite->flush_rules(false);
$app = WP_Application_Passwords::create_new_application_password($r['user_id'], ['name' => 'tests']);
if (is_wp_error($app)) { fwrite(STDERR, $app->get_error_message()."\n"); exit(1); }
file_put_contents($site, json_encode(['url' => $url, 'restUrl' => "$url/wp-json", 'user' => 'admin', 'appPassword' => $app[0],
  'loginPassword' => $pw, 'wordpress' => $GLOBALS['wp_version'], 'php' => PHP_VERSION], JSON_UNESCAPED_SLASHES)."\n");
P
  php -d error_log=/dev/stderr "$RUN/install.php" "$WWW" "$SITE.new" "http://127.0.0.1:$PORT" >"$RUN/install.log" 2>&1 && [ -s "$SITE.new" ] ||
    { tail -20 "$RUN/install.log" >&2; exit 6; }
  mv "$SITE.new" "$SITE"
fi
sed -i -E "s#http://127\.0\.0\.1:[0-9]+#http://127.0.0.1:$PORT#g" "$SITE"

# --- PHP's server; a session of its own, so that down can end its workers by group
PHP_CLI_SERVER_WORKERS=${WP_WORKERS:-4} setsid php -d opcache.enable_cli=1 -d opcache.memory_consumption=96 -d variables_order=EGPCS \
  -d memory_limit=256M -d post_max_size=64M -d upload_max_filesize=64M -d display_errors=0 \
  -S "127.0.0.1:$PORT" -t "$WWW" "$DIR/router.php" >>"$RUN/php.log" 2>&1 </dev/null 9>&- & echo $! >"$RUN/php.pid"
wait_for 600 curl -sf -o /dev/null "http://127.0.0.1:$PORT/wp-json/wp/v2/posts?per_page=1" || { tail -20 "$RUN/php.log" >&2; exit 7; }
cat "$SITE"
