#!/bin/sh
# Snapshots of all keys of a Redis server: redis.sh create | get | delete | list | verify | restore | browse, for the backup
# SCHELLY_BACKUP_ID. REDIS_SOCKET: the server's socket (redis-cli's REDISCLI_AUTH is its password); STORE: where the
# snapshots are. What is restored is named dump.rdb, as a server reads it when it starts.
set -eu
: "${REDIS_SOCKET:?names the socket of the server}" "${STORE:?names the folder of the snapshots}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

snapshot="$STORE/${SCHELLY_BACKUP_ID:-}.rdb"

size_mb() { wc -c < "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

# Reads all of a snapshot and its checksum; says what it has.
read_all() { redis-check-rdb "$1"; }
# The number before these words of redis-check-rdb.
count() { sed -n "s/^\[info\] \([0-9]*\) $1\$/\1/p"; }

case "${1:?create, get, delete, list, verify, restore or browse}" in
create)
  rm -f "$snapshot.part"
  # Asks the server for what a replica would get: all keys as of one moment.
  redis-cli -s "$REDIS_SOCKET" --rdb "$snapshot.part" > /dev/null
  said="$(read_all "$snapshot.part")" || { echo "the snapshot cannot be read: $said" >&2; exit 1; }
  sync "$snapshot.part"
  mv "$snapshot.part" "$snapshot"
  echo "{\"size_mb\": $(size_mb "$snapshot"), \"message\": \"$(echo "$said" | count 'keys read') keys\"}"
  ;;
get)
  [ -e "$snapshot" ] || exit 3
  echo "{\"size_mb\": $(size_mb "$snapshot")}"
  ;;
delete)
  rm -f "$snapshot.part"
  [ -e "$snapshot" ] || exit 3
  rm "$snapshot"
  ;;
list)
  for snapshot in "$STORE"/*.rdb; do
    [ -e "$snapshot" ] || continue
    echo "{\"id\": \"$(basename "$snapshot" .rdb)\", \"size_mb\": $(size_mb "$snapshot")}"
  done
  ;;
verify)
  # 1 means "it is damaged": only what was found out may say so. Whatever else fails in here means "nobody knows".
  verdict=75
  server=""
  socket="$(mktemp -d)"
  trap 'code=$?; [ -z "$server" ] || kill "$server"; rm -rf "$socket"; [ "$code" -eq 0 ] || exit "$verdict"' EXIT
  trap 'exit 75' INT TERM
  damaged() { verdict=1; echo "$1" >&2; exit 1; }
  cp "$snapshot" "${SCHELLY_SCRATCH:?is not told: verify needs method: restore}/dump.rdb"
  command -v redis-check-rdb > /dev/null
  said="$(read_all "$SCHELLY_SCRATCH/dump.rdb")" ||
    damaged "dump.rdb: $(echo "$said" | grep -E 'error|short|Wrong' | tail -n 1)"
  # A server of its own, which others cannot reach, must be able to read it.
  redis-server --port 0 --unixsocket "$socket/redis" --dir "$SCHELLY_SCRATCH" --save '' --appendonly no \
    > "$SCHELLY_SCRATCH/log" &
  server=$!
  until keys="$(redis-cli -s "$socket/redis" INFO keyspace 2> /dev/null)" && [ "${keys#LOADING}" = "$keys" ]; do
    kill -0 "$server" 2> /dev/null || { server=""; tail -n 1 "$SCHELLY_SCRATCH/log" >&2; exit 75; }
    sleep 0.1
  done
  loaded="$(echo "$keys" | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')"
  # Keys that had a time to live may have ended since.
  least=$(($(echo "$said" | count 'keys read') - $(echo "$said" | count 'expires')))
  [ "$loaded" -ge "$least" ] || damaged "a server has $loaded keys of it, expected at least $least"
  echo "{\"files\": 1, \"bytes\": $(wc -c < "$snapshot"), \"message\": \"a server read it and has $loaded keys\"}"
  ;;
restore)
  [ -e "$snapshot" ] || { echo "there is no backup $snapshot" >&2; exit 1; }
  [ -z "$SCHELLY_INCLUDE" ] || [ "$SCHELLY_INCLUDE" = dump.rdb ] || exit 3
  cp "$snapshot" "$SCHELLY_TARGET/dump.rdb.part"
  sync "$SCHELLY_TARGET/dump.rdb.part"
  mv "$SCHELLY_TARGET/dump.rdb.part" "$SCHELLY_TARGET/dump.rdb"
  ;;
browse)
  [ -e "$snapshot" ] || { echo "there is no backup $snapshot" >&2; exit 1; }
  [ -z "$SCHELLY_PATH" ] || exit 3
  echo "{\"path\": \"dump.rdb\", \"type\": \"file\", \"size\": $(wc -c < "$snapshot")}"
  ;;
*) echo "expected create, get, delete, list, verify, restore or browse" >&2; exit 2 ;;
esac
