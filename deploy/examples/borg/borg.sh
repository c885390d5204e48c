#!/bin/bash
# Archives with borg: borg.sh create | get | delete | list | verify | restore | browse, for the backup SCHELLY_BACKUP_ID.
# BORG_REPO and BORG_PASSPHRASE (or BORG_PASSCOMMAND) are borg's own; SOURCE: the folder that is backed up.
# The repository is made once by hand: borg init --encryption repokey-blake2
set -euo pipefail
: "${SOURCE:?names the folder that is backed up}" "${BORG_REPO:?names the repository}"

# Every archive of this repository, a name a line; fails when the repository cannot be read.
names() { borg list --lock-wait 600 --short; }

# borg ends with 1 for warnings: some files could not be read. That is no whole backup.
case "${1:?create, get, delete, list, verify, restore or browse}" in
create)
  cd "$SOURCE"
  borg create --lock-wait 600 --stats --json "::$SCHELLY_BACKUP_ID" . |
    python3 -c 'import json, sys
archive = json.load(sys.stdin)["archive"]
print(json.dumps({"size_mb": archive["stats"]["original_size"] / 1e6,
                  "message": "%.1f MB added" % (archive["stats"]["deduplicated_size"] / 1e6)}))'
  ;;
get)
  found="$(names)"
  grep -qxF -- "$SCHELLY_BACKUP_ID" <<< "$found" || exit 3
  ;;
delete)
  found="$(names)"
  # What was cut off leaves a checkpoint.
  for name in $(grep -xE -- "$SCHELLY_BACKUP_ID\.checkpoint(\.[0-9]+)?" <<< "$found" || true); do
    borg delete --lock-wait 600 "::$name"
  done
  grep -qxF -- "$SCHELLY_BACKUP_ID" <<< "$found" || exit 3
  borg delete --lock-wait 600 "::$SCHELLY_BACKUP_ID"
  ;;
list)
  names | while read -r name; do
    case "$name" in *.checkpoint*) ;; *) echo "{\"id\": \"$name\"}" ;; esac
  done
  ;;
verify)
  found="$(names)" || exit 75
  grep -qxF -- "$SCHELLY_BACKUP_ID" <<< "$found" || { echo "the repository has no such archive" >&2; exit 1; }
  # Reads every chunk of the archive and checks its signature. --list names each file before it is read.
  code=0
  said="$(borg extract --lock-wait 600 --dry-run --list "::$SCHELLY_BACKUP_ID" 2>&1)" || code=$?
  if [ "$code" -eq 0 ]; then
    echo "{\"message\": \"every chunk was read and compared, of $(wc -l <<< "$said") files and folders\"}"
  elif wrong="$(grep -m1 -E 'integrity error|IntegrityError|Object with key .* not found|data/[0-9]+/[0-9]+' <<< "$said")"; then
    echo "$wrong; the last file that was begun: '$(sed '/error: \|^Local Exception\|^Traceback/,$d' <<< "$said" | tail -n 1)'" >&2
    exit 1
  else
    tail -n 1 <<< "$said" >&2
    exit 75
  fi
  ;;
restore)
  paths=()
  while IFS= read -r path; do [ -z "$path" ] || paths+=("pp:$path"); done <<< "$SCHELLY_INCLUDE"
  for path in "${paths[@]}"; do
    entries="$(borg list --lock-wait 600 --short "::$SCHELLY_BACKUP_ID" "$path")"
    [ -n "$entries" ] || exit 3
  done
  cd "$SCHELLY_TARGET"
  borg extract --lock-wait 600 "::$SCHELLY_BACKUP_ID" "${paths[@]}"
  # Only root can give files to others.
  [ "$(id -u)" -ne 0 ] || exit 0
  owners="$(borg list --lock-wait 600 --format '{uid}{NL}' "::$SCHELLY_BACKUP_ID")"
  foreign="$(grep -cvxF -- "$(id -u)" <<< "$owners" || true)"
  [ "$foreign" -eq 0 ] || echo "{\"lost\": \"the owners of $foreign files and folders\"}"
  ;;
browse)
  within=()
  [ -z "$SCHELLY_PATH" ] || within=("pp:$SCHELLY_PATH")
  borg list --lock-wait 600 --json-lines "::$SCHELLY_BACKUP_ID" "${within[@]}" | python3 -c '
import json, os, sys
folder, seen = os.environ["SCHELLY_PATH"], os.environ["SCHELLY_PATH"] == ""
for line in sys.stdin:
    item = json.loads(line)
    path, kind = item["path"], {"d": "folder", "-": "file", "l": "link"}.get(item["type"], "other")
    seen = seen or (path == folder and kind == "folder")
    if path == "." or os.path.dirname(path) != folder:
        continue
    entry = {"path": path, "type": kind}
    if kind == "file":
        entry["size"] = item["size"]
    print(json.dumps(entry))
sys.exit(0 if seen else 3)'
  ;;
*) echo "expected create, get, delete, list, verify, restore or browse" >&2; exit 2 ;;
esac
