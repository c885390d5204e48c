#!/bin/sh
# Dumps with pg_dump: postgres.sh create | get | delete | list, for the backup SCHELLY_BACKUP_ID.
# PGHOST, PGUSER, PGDATABASE, PGPASSFILE … are PostgreSQL's own; STORE: where the dumps are.
set -eu
: "${STORE:?names the folder of the dumps}" "${PGDATABASE:?names the database}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 1
}

size_mb() { wc -c < "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

case "${1:?create, get, delete or list}" in
create)
  dump="$STORE/$SCHELLY_BACKUP_ID.dump"
  pg_dump --format=custom --no-password --file="$dump.part"
  # Reads the dump's table of contents: what cannot be listed cannot be restored.
  tables="$(pg_restore --list "$dump.part" | grep -c ' TABLE DATA ' || true)"
  sync "$dump.part"
  mv "$dump.part" "$dump"
  echo "{\"size_mb\": $(size_mb "$dump"), \"message\": \"$tables tables\"}"
  ;;
get)
  dump="$STORE/$SCHELLY_BACKUP_ID.dump"
  [ -e "$dump" ] || exit 3
  echo "{\"size_mb\": $(size_mb "$dump")}"
  ;;
delete)
  dump="$STORE/$SCHELLY_BACKUP_ID.dump"
  rm -f "$dump.part"
  [ -e "$dump" ] || exit 3
  rm "$dump"
  ;;
list)
  for dump in "$STORE"/*.dump; do
    [ -e "$dump" ] || continue
    echo "{\"id\": \"$(basename "$dump" .dump)\", \"size_mb\": $(size_mb "$dump")}"
  done
  ;;
*) echo "expected create, get, delete or list" >&2; exit 2 ;;
esac
