#!/bin/sh
# Copies with sqlite3's .backup: sqlite.sh create | get | delete | list | verify | restore | browse, for the backup
# SCHELLY_BACKUP_ID. Right also while the database is written, which a copy of its file is not.
# DATABASE: the file that is backed up; STORE: where the copies are, each with its SHA-256 beside it.
set -eu
: "${DATABASE:?names the database file}" "${STORE:?names the folder of the copies}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

copy="$STORE/${SCHELLY_BACKUP_ID:-}.db"
name="$(basename "$DATABASE")"

size_mb() { wc -c < "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }
sha256() { sha256sum < "$1" | cut -d ' ' -f 1; }

case "${1:?create, get, delete, list, verify, restore or browse}" in
create)
  # sqlite3 would make an empty database in the place of a missing one.
  [ -f "$DATABASE" ] || { echo "there is no database $DATABASE" >&2; exit 1; }
  rm -f "$copy.part"
  sqlite3 -bail -cmd ".timeout 60000" "$DATABASE" ".backup '$copy.part'"
  verdict="$(sqlite3 -bail "$copy.part" 'PRAGMA integrity_check')"
  [ "$verdict" = ok ] || { echo "the copy is damaged: $verdict" >&2; exit 1; }
  sha256 "$copy.part" > "$copy.sha256"
  sync "$copy.part" "$copy.sha256"
  mv "$copy.part" "$copy"
  echo "{\"size_mb\": $(size_mb "$copy")}"
  ;;
get)
  [ -e "$copy" ] || exit 3
  echo "{\"size_mb\": $(size_mb "$copy")}"
  ;;
delete)
  rm -f "$copy.part" "$copy.part-journal"
  [ -e "$copy" ] || { rm -f "$copy.sha256"; exit 3; }
  rm "$copy"
  rm -f "$copy.sha256"
  ;;
list)
  for copy in "$STORE"/*.db; do
    [ -e "$copy" ] || continue
    echo "{\"id\": \"$(basename "$copy" .db)\", \"size_mb\": $(size_mb "$copy")}"
  done
  ;;
verify)
  # 1 means "it is damaged": only what was found out may say so. Whatever else fails in here means "nobody knows".
  verdict=75
  trap '[ "$?" -eq 0 ] || exit "$verdict"' EXIT
  damaged() { verdict=1; echo "$1" >&2; exit 1; }
  restored="${SCHELLY_SCRATCH:?is not told: verify needs method: restore}/$name"
  cp "$copy" "$restored"
  # Pages can be in order while a value in them is not: then only the digest is another.
  said="$(sqlite3 -bail -readonly "$restored" 'PRAGMA integrity_check' 2>&1)" ||
    case "$said" in *malformed* | *"not a database"* | *corrupt*) damaged "$name: $said" ;; *) echo "$said" >&2; exit 75 ;; esac
  case "$said" in ok*) ;; *) damaged "$name: $(echo "$said" | head -n 3 | tr '\n' ' ')" ;; esac
  known="$(cat "$copy.sha256" 2> /dev/null || echo none)"
  [ "$known" = none ] || [ "$(sha256 "$restored")" = "$known" ] ||
    damaged "$name: its SHA-256 is not the one it was made with"
  tables="$(sqlite3 -readonly "$restored" "SELECT count(*) FROM sqlite_schema WHERE type = 'table'")"
  echo "{\"files\": 1, \"bytes\": $(wc -c < "$restored"), \"message\": \"$tables tables restored, integrity_check says ok\"}"
  ;;
restore)
  [ -e "$copy" ] || { echo "there is no backup $copy" >&2; exit 1; }
  [ -z "$SCHELLY_INCLUDE" ] || [ "$SCHELLY_INCLUDE" = "$name" ] || exit 3
  cp "$copy" "$SCHELLY_TARGET/$name.part"
  sync "$SCHELLY_TARGET/$name.part"
  mv "$SCHELLY_TARGET/$name.part" "$SCHELLY_TARGET/$name"
  ;;
browse)
  [ -e "$copy" ] || { echo "there is no backup $copy" >&2; exit 1; }
  [ -z "$SCHELLY_PATH" ] || exit 3
  python3 -c 'import json, sys; print(json.dumps({"path": sys.argv[1], "type": "file", "size": int(sys.argv[2])}))' \
    "$name" "$(wc -c < "$copy")"
  ;;
*) echo "expected create, get, delete, list, verify, restore or browse" >&2; exit 2 ;;
esac
