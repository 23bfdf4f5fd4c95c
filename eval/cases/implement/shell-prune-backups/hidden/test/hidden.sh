#!/bin/bash
# Each check is made in a folder of its own; the first that fails ends it.
set -u
script=$(cd "$(dirname "$0")/.." && pwd)/bin/prune.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() { echo "failed: $1"; exit 1; }
fresh() { dir=$root/$1; mkdir -p "$dir"; }
backup() { touch -d "2026-01-$2" -- "$dir/$1"; }

fresh 'with a space'
backup 'week 1.tar' 01; backup 'week 2.tar' 02; backup 'week 3.tar' 03; backup week 04
bash "$script" "$dir" 1 || fail 'status with spaces'
[ -e "$dir/week" ] || fail 'a file that is no backup was removed'
[ -e "$dir/week 3.tar" ] && [ ! -e "$dir/week 2.tar" ] && [ ! -e "$dir/week 1.tar" ] || fail 'names with spaces'

fresh dashes
backup '-rf.tar' 01; backup $'line\nbreak.tar' 02; backup '*.tar' 03; backup plain.tar 04
bash "$script" "$dir" 2 || fail 'status with odd names'
[ ! -e "$dir/-rf.tar" ] && [ ! -e "$dir/"$'line\nbreak.tar' ] || fail 'odd names were kept'
[ -e "$dir/*.tar" ] && [ -e "$dir/plain.tar" ] || fail 'the newest were removed'

fresh others
mkdir "$dir/folder.tar" "$dir/below"
touch -d 2026-01-01 "$dir/folder.tar/inside.tar" "$dir/below/deep.tar" "$root/outside.tar"
ln -s "$root/outside.tar" "$dir/link.tar"
backup a.tar 02
bash "$script" "$dir" 0 || fail 'status of keeping none'
[ ! -e "$dir/a.tar" ] || fail 'KEEP of 0'
[ -e "$dir/folder.tar/inside.tar" ] && [ -e "$dir/below/deep.tar" ] || fail 'went into folders'
[ -L "$dir/link.tar" ] && [ -e "$root/outside.tar" ] || fail 'followed or removed a link'

fresh few
backup a.tar 01
bash "$script" "$dir" 5 || fail 'status with fewer than KEEP'
[ -e "$dir/a.tar" ] || fail 'fewer than KEEP'
fresh none
bash "$script" "$dir" 1 || fail 'status of an empty folder'

fresh refused
backup a.tar 01; backup b.tar 02
refuse() {
  (cd "$dir" && bash "$script" "$@" >/dev/null 2>"$root/message")
  [ $? -eq 2 ] || fail "status for: $*"
  [ -s "$root/message" ] || fail "no message for: $*"
  [ -e "$dir/a.tar" ] && [ -e "$dir/b.tar" ] || fail "removed something for: $*"
}
refuse "$dir" x
refuse "$dir" -1
refuse "$dir" ''
refuse "$dir"
refuse
refuse "$dir/not there" 0
echo ok
