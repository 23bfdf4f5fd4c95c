#!/bin/bash
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for day in 1 2 3; do
  touch -d "2026-01-0$day" "$dir/day$day.tar"
done
touch -d 2026-01-09 "$dir/notes.txt"
bash bin/prune.sh "$dir" 2
[ "$(ls "$dir" | tr '\n' ' ')" = 'day2.tar day3.tar notes.txt ' ] || { echo "kept: $(ls "$dir")"; exit 1; }
echo ok
