#!/bin/bash
# Snapshots with restic, by command: restic.sh create | get | delete, for the backup SCHELLY_BACKUP_ID.
# The built-in `restic` does the same and more; this shows how a tool with ids of its own is tied in: by a tag.
# RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE are restic's own; SOURCE: the folder that is backed up.
# The repository is made once by hand: restic init
set -euo pipefail
: "${SOURCE:?names the folder that is backed up}"

tag="schelly-$SCHELLY_BACKUP_ID"

# Ids of this backup's snapshots, one a line; fails when the repository cannot be read.
snapshots() {
  local json
  json="$(restic snapshots --no-lock --json --tag "$tag")"
  python3 -c 'import json, sys
for snapshot in json.load(sys.stdin) or []: print(snapshot["id"])' <<< "$json"
}

case "${1:?create, get or delete}" in
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
*) echo "expected create, get or delete" >&2; exit 2 ;;
esac
