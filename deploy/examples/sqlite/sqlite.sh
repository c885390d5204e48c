#!/bin/sh
# Copies with sqlite3's .backup: sqlite.sh create | get | delete | list, for the backup SCHELLY_BACKUP_ID.
# Right also while the database is written, which a copy of its file is not.
# DATABASE: the file that is backed up; STORE: where the copies are.
set -eu
: "${DATABASE:?names the database file}" "${STORE:?names the folder of the copies}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 1
}

size_mb() { wc -c < "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

case "${1:?create, get, delete or list}" in
create)
  # sqlite3 would make an empty database in the place of a missing one.
  [ -f "$DATABASE" ] || { echo "there is no database $DATABASE" >&2; exit 1; }
  copy="$STORE/$SCHELLY_BACKUP_ID.db"
  rm -f "$copy.part"
  sqlite3 -bail -cmd ".timeout 60000" "$DATABASE" ".backup '$copy.part'"
  verdict="$(sqlite3 -bail "$copy.part" 'PRAGMA integrity_check')"
  [ "$verdict" = ok ] || { echo "the copy is damaged: $verdict" >&2; exit 1; }
  sync "$copy.part"
  mv "$copy.part" "$copy"
  echo "{\"size_mb\": $(size_mb "$copy")}"
  ;;
get)
  copy="$STORE/$SCHELLY_BACKUP_ID.db"
  [ -e "$copy" ] || exit 3
  echo "{\"size_mb\": $(size_mb "$copy")}"
  ;;
delete)
  copy="$STORE/$SCHELLY_BACKUP_ID.db"
  rm -f "$copy.part" "$copy.part-journal"
  [ -e "$copy" ] || exit 3
  rm "$copy"
  ;;
list)
  for copy in "$STORE"/*.db; do
    [ -e "$copy" ] || continue
    echo "{\"id\": \"$(basename "$copy" .db)\", \"size_mb\": $(size_mb "$copy")}"
  done
  ;;
*) echo "expected create, get, delete or list" >&2; exit 2 ;;
esac
