#!/bin/sh
# Snapshots with rsync: rsync.sh create | get | delete | list, for the backup SCHELLY_BACKUP_ID.
# Each backup is a whole folder; files that did not change are hard links to those of the backup before, so that they
# take space once. Deleting one never harms another. SOURCE: the folder that is backed up; STORE: where the backups are.
set -eu
: "${SOURCE:?names the folder that is backed up}" "${STORE:?names the folder of the backups}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 1
}

# The newest finished backup; ids are in the order of time.
newest() { ls "$STORE" | grep -v '\.part$' | sort | tail -n 1; }

case "${1:?create, get, delete or list}" in
create)
  backup="$STORE/$SCHELLY_BACKUP_ID"
  before="$(newest)"
  sent="$(rsync -a --delete --fsync --stats ${before:+"--link-dest=$STORE/$before"} "$SOURCE/" "$backup.part/")"
  mv "$backup.part" "$backup"
  sync "$STORE"
  echo "$sent" | tr -d ',' | awk '/^Total file size:/ { printf "{\"size_mb\": %.6f}\n", $4 / 1000000 }'
  ;;
get)
  [ -d "$STORE/$SCHELLY_BACKUP_ID" ] || exit 3
  ;;
delete)
  backup="$STORE/$SCHELLY_BACKUP_ID"
  rm -rf "$backup.part"
  [ -d "$backup" ] || exit 3
  # Renamed first: what is half removed must not be taken for a backup.
  mv "$backup" "$backup.part"
  rm -rf "$backup.part"
  ;;
list)
  for name in $(ls "$STORE" | grep -v '\.part$'); do echo "{\"id\": \"$name\"}"; done
  ;;
*) echo "expected create, get, delete or list" >&2; exit 2 ;;
esac
