#!/bin/bash
# Removes all but the newest backups of a folder: prune.sh DIR KEEP
set -u -o pipefail

refuse() {
  echo "prune.sh: $1" >&2
  exit 2
}

[ $# -eq 2 ] || refuse 'usage: prune.sh DIR KEEP'
dir=$1
keep=$2
[[ $keep =~ ^[0-9]+$ ]] || refuse "KEEP is no whole number: $keep"
[ -d "$dir" ] || refuse "no folder: $dir"
[[ $dir == /* ]] || dir=./$dir

find "$dir/" -mindepth 1 -maxdepth 1 -type f -name '*.tar' -printf '%T@ %p\0' |
  sort -z -r -n |
  tail -z -n "+$((10#$keep + 1))" |
  cut -z -d ' ' -f 2- |
  xargs -0 -r rm -f --
