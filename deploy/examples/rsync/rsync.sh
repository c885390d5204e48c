#!/bin/sh
# Snapshots with rsync: rsync.sh create | get | delete | list | verify | restore | browse, for the backup SCHELLY_BACKUP_ID.
# Each backup is a whole folder; files that did not change are hard links to those of the backup before, so that they
# take space once. Deleting one never harms another. SOURCE: the folder that is backed up; STORE: where the backups are,
# the digests of their files in .digests.
set -eu
: "${SOURCE:?names the folder that is backed up}" "${STORE:?names the folder of the backups}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

backup="$STORE/${SCHELLY_BACKUP_ID:-}"
digests="$STORE/.digests/${SCHELLY_BACKUP_ID:-}"

# The newest finished backup; ids are in the order of time.
newest() { ls "$STORE" | grep -v '\.part$' | sort | tail -n 1; }

case "${1:?create, get, delete, list, verify, restore or browse}" in
create)
  before="$(newest)"
  mkdir -p "$STORE/.digests"
  sent="$(rsync -a --delete --fsync --stats ${before:+"--link-dest=$STORE/$before"} "$SOURCE/" "$backup.part/")"
  ./digests.py record "$backup.part" "$digests" ${before:+"$STORE/.digests/$before"}
  mv "$backup.part" "$backup"
  sync "$STORE"
  echo "$sent" | tr -d ',' | awk '/^Total file size:/ { printf "{\"size_mb\": %.6f}\n", $4 / 1000000 }'
  ;;
get)
  [ -d "$backup" ] || exit 3
  ;;
delete)
  rm -rf "$backup.part" "$digests.part"
  [ -d "$backup" ] || { rm -f "$digests"; exit 3; }
  # Renamed first: what is half removed must not be taken for a backup.
  mv "$backup" "$backup.part"
  rm -rf "$backup.part" "$digests"
  ;;
list)
  for name in $(ls "$STORE" | grep -v '\.part$'); do echo "{\"id\": \"$name\"}"; done
  ;;
verify)
  [ -d "$backup" ] && [ -e "$digests" ] || {
    echo "there are no digests of this backup in $digests" >&2
    exit 75
  }
  exec ./digests.py check "$backup" "$digests"
  ;;
restore)
  # A path below a link of the backup is not in the backup.
  printf '%s\n' "$SCHELLY_INCLUDE" | while IFS= read -r path; do
    [ -n "$path" ] || continue
    [ -e "$backup/$path" ] || [ -L "$backup/$path" ] || exit 3
    within="$(dirname -- "$path")"
    [ "$within" = . ] || [ "$(realpath -- "$backup/$within")" = "$(realpath -- "$backup")/$within" ] || exit 3
  done
  if [ -z "$SCHELLY_INCLUDE" ]; then
    rsync -a "$backup/" "$SCHELLY_TARGET/"
  else
    printf '%s\n' "$SCHELLY_INCLUDE" | rsync -a -r --files-from=- "$backup/" "$SCHELLY_TARGET/"
  fi
  # Only root can give files to others.
  foreign="$(find "$backup" ! -uid "$(id -u)" | wc -l)"
  [ "$(id -u)" -eq 0 ] || [ "$foreign" -eq 0 ] || echo "{\"lost\": \"the owners of $foreign files and folders\"}"
  ;;
browse)
  python3 -c '
import json, os, sys
root, folder = os.path.realpath(sys.argv[1]), os.environ["SCHELLY_PATH"]
place = os.path.join(root, folder) if folder else root
if os.path.realpath(place) != place or not os.path.isdir(place):
    sys.exit(3)
for one in os.scandir(place):
    kind = "link" if one.is_symlink() else "folder" if one.is_dir() else "file" if one.is_file() else "other"
    entry = {"path": os.path.join(folder, one.name), "type": kind}
    if kind == "file":
        entry["size"] = one.stat().st_size
    print(json.dumps(entry))
' "$backup"
  ;;
*) echo "expected create, get, delete, list, verify, restore or browse" >&2; exit 2 ;;
esac
