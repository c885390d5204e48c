#!/bin/bash
# Archives with borg: borg.sh create | get | delete | list, for the backup SCHELLY_BACKUP_ID.
# BORG_REPO and BORG_PASSPHRASE (or BORG_PASSCOMMAND) are borg's own; SOURCE: the folder that is backed up.
# The repository is made once by hand: borg init --encryption repokey-blake2
set -euo pipefail
: "${SOURCE:?names the folder that is backed up}" "${BORG_REPO:?names the repository}"

# Every archive of this repository, a name a line; fails when the repository cannot be read.
names() { borg list --lock-wait 600 --short; }

# borg ends with 1 for warnings: some files could not be read. That is no whole backup.
case "${1:?create, get, delete or list}" in
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
*) echo "expected create, get, delete or list" >&2; exit 2 ;;
esac
