#!/bin/sh
# Backups with tar: tar.sh create | get | delete | list, for the backup SCHELLY_BACKUP_ID.
# SOURCE: the folder that is backed up; STORE: where the archives are.
set -eu
: "${SOURCE:?names the folder that is backed up}" "${STORE:?names the folder of the archives}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 1
}

size_mb() { wc -c < "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

case "${1:?create, get, delete or list}" in
create)
  archive="$STORE/$SCHELLY_BACKUP_ID.tar.gz"
  tar -czf "$archive.part" -C "$SOURCE" .
  gzip -t "$archive.part"
  sync "$archive.part"
  mv "$archive.part" "$archive"
  echo "{\"size_mb\": $(size_mb "$archive")}"
  ;;
get)
  archive="$STORE/$SCHELLY_BACKUP_ID.tar.gz"
  [ -e "$archive" ] || exit 3
  echo "{\"size_mb\": $(size_mb "$archive")}"
  ;;
delete)
  archive="$STORE/$SCHELLY_BACKUP_ID.tar.gz"
  rm -f "$archive.part"
  [ -e "$archive" ] || exit 3
  rm "$archive"
  ;;
list)
  for archive in "$STORE"/*.tar.gz; do
    [ -e "$archive" ] || continue
    echo "{\"id\": \"$(basename "$archive" .tar.gz)\", \"size_mb\": $(size_mb "$archive")}"
  done
  ;;
*) echo "expected create, get, delete or list" >&2; exit 2 ;;
esac
