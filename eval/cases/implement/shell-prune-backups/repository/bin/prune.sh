#!/bin/bash
# Removes all but the newest backups of a folder: prune.sh DIR KEEP
cd $1
for file in $(ls -t *.tar | tail -n +$(($2 + 1))); do
  rm -f $file
done
