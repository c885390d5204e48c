#!/bin/bash
# Archives of Docker volumes: docker-volumes.sh create | get | delete | list | verify | restore | browse, for the backup
# SCHELLY_BACKUP_ID. VOLUMES: the folder that Docker keeps them in, each with its files in _data; NAMES: which of them, with
# spaces between, or nothing for all; STORE: where the backups are, a folder each, with an archive a volume and their SHA-256.
# A path in a backup is VOLUME/FILE. A file that is written meanwhile fails the backup: let 'pre' pause who writes, and
# back a database up by its own dump.
set -euo pipefail
: "${VOLUMES:?names the folder of the volumes}" "${STORE:?names the folder of the backups}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

backup="$STORE/${SCHELLY_BACKUP_ID:-}"

size_mb() { du -sb "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

case "${1:?create, get, delete, list, verify, restore or browse}" in
create)
  read -ra names <<< "${NAMES:-}"
  if [ "${#names[@]}" -eq 0 ]; then
    for folder in "$VOLUMES"/*/_data; do [ ! -d "$folder" ] || names+=("$(basename "$(dirname "$folder")")"); done
  fi
  [ "${#names[@]}" -gt 0 ] || { echo "there are no volumes in $VOLUMES" >&2; exit 1; }
  rm -rf "$backup.part"
  mkdir "$backup.part"
  for name in "${names[@]}"; do
    # Owners by number: those of a container are not those of its host. tar ends with 1 for a file that changed meanwhile.
    tar --create --gzip --numeric-owner --xattrs --acls --file "$backup.part/$name.tar.gz" \
      --directory "$VOLUMES/$name/_data" .
  done
  (cd "$backup.part" && sha256sum -- *.tar.gz > SHA256SUMS)
  sync "$backup.part"/*
  mv "$backup.part" "$backup"
  sync "$STORE"
  echo "{\"size_mb\": $(size_mb "$backup"), \"message\": \"${#names[@]} volumes\"}"
  ;;
get)
  [ -d "$backup" ] || exit 3
  echo "{\"size_mb\": $(size_mb "$backup")}"
  ;;
delete)
  rm -rf "$backup.part"
  [ -d "$backup" ] || exit 3
  # Renamed first: what is half removed must not be taken for a backup.
  mv "$backup" "$backup.part"
  rm -rf "$backup.part"
  ;;
list)
  for backup in "$STORE"/*; do
    case "$backup" in *.part) continue ;; esac
    [ ! -d "$backup" ] || echo "{\"id\": \"$(basename "$backup")\", \"size_mb\": $(size_mb "$backup")}"
  done
  ;;
verify)
  # 1 means "it is damaged": only what was found out may say so. All else means "nobody knows".
  cd "$backup" || exit 75
  wrong="$(sha256sum --check --quiet --strict SHA256SUMS 2>&1)" || {
    echo "$wrong" | head -n 1 >&2
    case "$wrong" in *"Permission denied"* | *"Input/output error"*) exit 75 ;; *) exit 1 ;; esac
  }
  files=0
  for archive in *.tar.gz; do
    found="$(tar -tzf "$archive" 2>&1)" || { echo "$archive: $(tail -n 1 <<< "$found")" >&2; exit 1; }
    files=$((files + $(grep -c '[^/]$' <<< "$found" || true)))
  done
  echo "{\"message\": \"every archive was read: $files files and links in $(ls -- *.tar.gz | wc -l) volumes\"}"
  ;;
restore)
  cd "$backup"
  wanted="${SCHELLY_INCLUDE:-$(ls -- *.tar.gz | sed 's/\.tar\.gz$//')}"
  # All is looked for before anything is written.
  while IFS= read -r path; do
    [ -e "${path%%/*}.tar.gz" ] || exit 3
    within=.
    case "$path" in */*) within="./${path#*/}" ;; esac
    said="$(tar -tzf "${path%%/*}.tar.gz" --no-wildcards -- "$within" 2>&1 > /dev/null)" ||
      case "$said" in *"Not found in archive"*) exit 3 ;; *) echo "$said" >&2; exit 1 ;; esac
  done <<< "$wanted"
  while IFS= read -r path; do
    within=.
    case "$path" in */*) within="./${path#*/}" ;; esac
    mkdir -p "$SCHELLY_TARGET/${path%%/*}"
    tar -xpzf "${path%%/*}.tar.gz" --numeric-owner --xattrs --acls -C "$SCHELLY_TARGET/${path%%/*}" --no-wildcards -- "$within"
  done <<< "$wanted"
  # Only root can give files to others.
  [ "$(id -u)" -eq 0 ] || echo '{"lost": "the owners of the files"}'
  ;;
browse)
  cd "$backup"
  python3 -c '
import glob, json, os, sys, tarfile
volume, _, folder = os.environ["SCHELLY_PATH"].partition("/")
if not volume:
    for name in glob.glob("*.tar.gz"):
        print(json.dumps({"path": name[: -len(".tar.gz")], "type": "folder"}))
    sys.exit(0)
if not os.path.exists(volume + ".tar.gz"):
    sys.exit(3)
seen = folder == ""
with tarfile.open(volume + ".tar.gz", "r|gz") as archive:
    for member in archive:
        path = os.path.normpath(member.name)
        seen = seen or (path == folder and member.isdir())
        if path == "." or os.path.dirname(path) != folder:
            continue
        kind = "folder" if member.isdir() else "file" if member.isfile() else "link" if member.issym() else "other"
        entry = {"path": volume + "/" + path, "type": kind}
        if member.isfile():
            entry["size"] = member.size
        print(json.dumps(entry))
sys.exit(0 if seen else 3)'
  ;;
*) echo "expected create, get, delete, list, verify, restore or browse" >&2; exit 2 ;;
esac
