#!/bin/sh
# Backups with tar: tar.sh create | get | delete | list | verify | restore | browse, for the backup SCHELLY_BACKUP_ID.
# SOURCE: the folder that is backed up; STORE: where the archives are.
set -eu
: "${SOURCE:?names the folder that is backed up}" "${STORE:?names the folder of the archives}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

size_mb() { wc -c < "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

case "${1:?create, get, delete, list, verify, restore or browse}" in
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
verify)
  archive="$STORE/$SCHELLY_BACKUP_ID.tar.gz"
  # Reads all of it, and compares it with gzip's checksum. 1 means "it is damaged": only what was found out may say so.
  said="$(gzip -t "$archive" 2>&1 && tar -tzf "$archive" 2>&1)" || {
    echo "$said" | tail -n 1 >&2
    case "$said" in *"Permission denied"* | *"Input/output error"* | *"No such file"*) exit 75 ;; *) exit 1 ;; esac
  }
  echo "{\"message\": \"the archive was read: $(echo "$said" | grep -c '[^/]$') files and links\"}"
  ;;
restore)
  archive="$STORE/$SCHELLY_BACKUP_ID.tar.gz"
  names="$(mktemp)"
  trap 'rm -f "$names"' EXIT
  # Names in the archive begin with ./; no name means all of it.
  printf '%s\n' "$SCHELLY_INCLUDE" | sed 's|^|./|; s|^\./$|.|' > "$names"
  said="$(tar --list -zf "$archive" --no-wildcards --verbatim-files-from --files-from "$names" 2>&1 > /dev/null)" ||
    case "$said" in *"Not found in archive"*) exit 3 ;; *) echo "$said" >&2; exit 1 ;; esac
  tar -xpzf "$archive" -C "$SCHELLY_TARGET" --no-wildcards --verbatim-files-from --files-from "$names"
  # Only root can give files to others.
  foreign="$(tar -tvzf "$archive" --numeric-owner | awk -v me="$(id -u)" '{ split($2, of, "/") } of[1] != me' | wc -l)"
  [ "$(id -u)" -eq 0 ] || [ "$foreign" -eq 0 ] || echo "{\"lost\": \"the owners of $foreign files and folders\"}"
  ;;
browse)
  archive="$STORE/$SCHELLY_BACKUP_ID.tar.gz"
  python3 -c '
import json, os, sys, tarfile
folder, seen = os.environ["SCHELLY_PATH"], os.environ["SCHELLY_PATH"] == ""
with tarfile.open(sys.argv[1], "r|gz") as archive:
    for member in archive:
        path = os.path.normpath(member.name)
        seen = seen or (path == folder and member.isdir())
        if path == "." or os.path.dirname(path) != folder:
            continue
        kind = "folder" if member.isdir() else "file" if member.isfile() else "link" if member.issym() else "other"
        entry = {"path": path, "type": kind}
        if member.isfile():
            entry["size"] = member.size
        print(json.dumps(entry))
sys.exit(0 if seen else 3)
' "$archive"
  ;;
*) echo "expected create, get, delete, list, verify, restore or browse" >&2; exit 2 ;;
esac
