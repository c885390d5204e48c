#!/bin/bash
# Snapshots with restic, by command: restic.sh create | get | delete | verify | restore | browse, for the backup SCHELLY_BACKUP_ID.
# The built-in `restic` does the same and more; this shows how a tool with ids of its own is tied in: by a tag.
# RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE are restic's own; SOURCE: the folder that is backed up.
# The repository is made once by hand: restic init
set -euo pipefail
: "${SOURCE:?names the folder that is backed up}"

tag="schelly-$SCHELLY_BACKUP_ID"

# Ids of this backup's snapshots, one a line; fails when the repository cannot be read.
snapshots() {
  local json
  json="$(restic snapshots --no-lock --json --tag "$tag")" || return
  python3 -c 'import json, sys
for snapshot in json.load(sys.stdin) or []: print(snapshot["id"])' <<< "$json"
}

case "${1:?create, get, delete, verify, restore or browse}" in
create)
  # restic 0.18 fails for a missing folder by itself, older ones make an empty snapshot.
  [ -d "$SOURCE" ] || { echo "there is no folder $SOURCE" >&2; exit 1; }
  # Exit code 3, files that could not be read, is a failure too.
  bytes="$(restic backup --json --tag "$tag" "$SOURCE" | python3 -c 'import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["message_type"] == "summary": print(message["total_bytes_processed"])')"
  id="$(snapshots)"
  echo "{\"data_id\": \"$id\", \"size_mb\": $(awk "BEGIN { printf \"%.6f\", $bytes / 1000000 }")}"
  ;;
get)
  id="$(snapshots)"
  [ -n "$id" ] || exit 3
  echo "{\"id\": \"$SCHELLY_BACKUP_ID\", \"data_id\": \"$id\"}"
  ;;
delete)
  id="$(snapshots)"
  [ -n "$id" ] || exit 3
  restic forget $id
  ;;
verify)
  : "${SCHELLY_SCRATCH:?is not told: verify needs method: restore}"
  # 1 means "it is damaged": only what restic says of the data may say so. All else means "nobody knows".
  id="$(snapshots)" || exit 75
  [ -n "$id" ] || { echo "the repository has no snapshot with the tag $tag" >&2; exit 1; }
  code=0
  # Writes every file, then reads it again and compares it.
  said="$(restic restore "$id" --target "$SCHELLY_SCRATCH" --verify 2>&1)" || code=$?
  wrong="$(grep -m1 -E 'verification failed|hash mismatch|does not match|not found in|unexpected|invalid|decompress' <<< "$said" || true)"
  if [ "$code" -eq 0 ] && [ -z "$wrong" ]; then
    echo "{\"message\": \"$(find "$SCHELLY_SCRATCH" -type f | wc -l) files restored and compared\"}"
  else
    echo "${wrong:-$(tail -n 1 <<< "$said")}" >&2
    [ -n "$wrong" ] || exit 75
    exit 1
  fi
  ;;
restore)
  id="$(snapshots)"
  [ -n "$id" ] || exit 3
  tree="$(restic ls --no-lock --json "$id")"
  # What is asked for must be there, since restic is content with nothing. In a pattern of restic's [ * ? \ mean more.
  patterns="$(python3 -c 'import json, os, re, sys
nodes = [json.loads(line) for line in sys.stdin]
paths = {node["path"] for node in nodes if "path" in node}
for path in filter(None, os.environ["SCHELLY_INCLUDE"].split("\n")):
    if "/" + path not in paths: sys.exit(3)
    print("/" + re.sub(r"([\\*?\[\]])", r"\\\1", path))' <<< "$tree")"
  include=()
  while IFS= read -r pattern; do [ -z "$pattern" ] || include+=("--include=$pattern"); done <<< "$patterns"
  restic restore "$id" --target "$SCHELLY_TARGET" "${include[@]}"
  # Only root can give files to others, and restic does not say so.
  foreign="$(grep -c '"uid":' <<< "$tree" || true) $(grep -c "\"uid\":$(id -u)," <<< "$tree" || true)"
  [ "$(id -u)" -eq 0 ] || [ "${foreign% *}" = "${foreign#* }" ] || echo '{"lost": "the owners of some files and folders"}'
  ;;
browse)
  id="$(snapshots)"
  [ -n "$id" ] || exit 3
  restic ls --no-lock --json "$id" | python3 -c 'import json, os, sys
folder = "/" + os.environ["SCHELLY_PATH"]
seen = folder == "/"
for line in sys.stdin:
    node = json.loads(line)
    if "path" not in node: continue
    kind = {"dir": "folder", "file": "file", "symlink": "link"}.get(node["type"], "other")
    seen = seen or (node["path"] == folder and kind == "folder")
    if os.path.dirname(node["path"]) != folder: continue
    entry = {"path": node["path"][1:], "type": kind}
    if kind == "file": entry["size"] = node.get("size", 0)
    print(json.dumps(entry))
sys.exit(0 if seen else 3)'
  ;;
*) echo "expected create, get, delete, verify, restore or browse" >&2; exit 2 ;;
esac
