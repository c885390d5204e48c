#!/bin/bash
# Dumps of all databases and users of a MariaDB server: mariadb.sh create | get | delete | list | verify | restore | browse,
# for the backup SCHELLY_BACKUP_ID. MARIADB_SOCKET: the server's socket; MARIADB_USER and MYSQL_PWD: who asks it;
# STORE: where the dumps are, a folder each: databases.sql.gz, users.sql.gz and their SHA-256.
# What was restored is loaded into an empty server with: mariadb.sh load FOLDER
set -euo pipefail
: "${MARIADB_SOCKET:?names the socket of the server}" "${STORE:?names the folder of the dumps}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

backup="$STORE/${SCHELLY_BACKUP_ID:-}"
of_server=(--socket="$MARIADB_SOCKET" --user="${MARIADB_USER:-root}")
# MariaDB's own, and not those of people.
own="'mysql', 'sys', 'information_schema', 'performance_schema'"

ask() { mariadb "${of_server[@]}" --batch --skip-column-names --execute "$1"; }
size_mb() { du -sb "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }

# Loads the dumps in the folder $1. Users that every server has of its own stay as they are.
load() {
  (
    gzip -dc "$1/databases.sql.gz" && echo 'USE mysql;' && gzip -dc "$1/users.sql.gz" |
      sed -E "s/^CREATE (USER|ROLE) (IF NOT EXISTS )?/CREATE \1 IF NOT EXISTS /"
  ) | mariadb "${of_server[@]}"
}

# Says what is wrong with the dumps in the folder $1; nothing where they are as they were made.
wrong_in() {
  (cd "$1" && sha256sum --check --quiet --strict SHA256SUMS 2>&1) || true
}

case "${1:?create, get, delete, list, verify, restore, browse or load}" in
create)
  rm -rf "$backup.part"
  mkdir "$backup.part"
  names="$(ask "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ($own)")"
  [ -n "$names" ] || { echo "the server has no database to back up" >&2; exit 1; }
  mapfile -t databases <<< "$names"
  # One transaction for all: what one database says of another is of the same moment.
  mariadb-dump "${of_server[@]}" --single-transaction --routines --events --triggers --hex-blob \
    --databases "${databases[@]}" | gzip > "$backup.part/databases.sql.gz"
  mariadb-dump "${of_server[@]}" --system=users | gzip > "$backup.part/users.sql.gz"
  # Reads it again; what was cut off does not end so.
  gzip -dc "$backup.part/databases.sql.gz" | tail -n 1 | grep -q '^-- Dump completed'
  (cd "$backup.part" && sha256sum databases.sql.gz users.sql.gz > SHA256SUMS)
  sync "$backup.part"/*
  mv "$backup.part" "$backup"
  sync "$STORE"
  echo "{\"size_mb\": $(size_mb "$backup"), \"message\": \"${#databases[@]} databases\"}"
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
  # 1 means "it is damaged": only what was found out may say so. Whatever else fails in here means "nobody knows".
  verdict=75
  server=""
  private="$(mktemp -d)"
  end() {
    local code=$?
    trap - EXIT INT TERM
    [ -z "$server" ] || { kill "$server" 2> /dev/null && wait "$server" || true; }
    rm -rf "$private"
    [ "$code" -eq 0 ] || exit "$verdict"
  }
  trap end EXIT
  trap 'exit 75' INT TERM
  damaged() { verdict=1; echo "$1" >&2; exit 1; }
  [ -d "$backup" ] || { echo "there is no backup $backup" >&2; exit 75; }
  wrong="$(wrong_in "$backup")"
  case "$wrong" in
  "") ;;
  *"Permission denied"* | *"Input/output error"*) echo "$wrong" | head -n 1 >&2; exit 75 ;;
  *) damaged "$(echo "$wrong" | head -n 1)" ;;
  esac
  # A server of its own, without a network, with an empty folder.
  data="${SCHELLY_SCRATCH:?is not told: verify needs method: restore}/data"
  mariadb-install-db --no-defaults --datadir="$data" --user="$(id -un)" --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve > "$private/log" 2>&1 || { tail -n 3 "$private/log" >&2; exit 75; }
  PATH="$PATH:/usr/sbin" mariadbd --no-defaults --datadir="$data" --user="$(id -un)" --skip-networking \
    --socket="$private/socket" --pid-file="$private/pid" --innodb-flush-log-at-trx-commit=0 > "$private/log" 2>&1 &
  server=$!
  of_server=(--no-defaults --socket="$private/socket" --user=root)
  until mariadb-admin "${of_server[@]}" ping > /dev/null 2>&1; do
    kill -0 "$server" 2> /dev/null || { server=""; tail -n 3 "$private/log" >&2; exit 75; }
    sleep 0.1
  done
  # The users of the backup bring their own passwords, that of root too.
  ask "CREATE USER schelly_proof@localhost; GRANT ALL ON *.* TO schelly_proof@localhost WITH GRANT OPTION;
    GRANT PROXY ON ''@'%' TO schelly_proof@localhost WITH GRANT OPTION"
  of_server=(--no-defaults --socket="$private/socket" --user=schelly_proof)
  load "$backup" > "$private/load" 2>&1 || {
    said="a server does not take it: $(tail -n 1 "$private/load")"
    # What this machine lacks is not the backup's fault.
    case "$said" in *"o space left"* | *"storage engine"* | *lugin* | *"ost connection"* | *"gone away"*)
      echo "$said" >&2
      exit 75
      ;;
    esac
    damaged "$said"
  }
  tables=0 rows=0
  found="$(ask "SELECT concat('\`', replace(table_schema, '\`', '\`\`'), '\`.\`', replace(table_name, '\`', '\`\`'), '\`')
    FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ($own)")"
  while IFS= read -r table; do
    [ -n "$table" ] || continue
    counted="$(ask "SELECT count(*) FROM $table")" || damaged "a server cannot read its table $table"
    tables=$((tables + 1)) rows=$((rows + counted))
  done <<< "$found"
  users="$(ask "SELECT count(*) - 1 FROM mysql.global_priv")"
  echo "{\"bytes\": $(du -sb "$data" | cut -f 1), \"message\": \"a server took it: $rows rows in $tables tables, $users users\"}"
  ;;
restore)
  [ -d "$backup" ] || { echo "there is no backup $backup" >&2; exit 1; }
  wanted="${SCHELLY_INCLUDE:-databases.sql.gz
users.sql.gz
SHA256SUMS}"
  while IFS= read -r name; do
    case "$name" in databases.sql.gz | users.sql.gz | SHA256SUMS) ;; *) exit 3 ;; esac
  done <<< "$wanted"
  while IFS= read -r name; do
    cp "$backup/$name" "$SCHELLY_TARGET/$name.part"
    sync "$SCHELLY_TARGET/$name.part"
    mv "$SCHELLY_TARGET/$name.part" "$SCHELLY_TARGET/$name"
  done <<< "$wanted"
  ;;
browse)
  [ -d "$backup" ] || { echo "there is no backup $backup" >&2; exit 1; }
  [ -z "$SCHELLY_PATH" ] || exit 3
  for file in "$backup"/*; do
    echo "{\"path\": \"$(basename "$file")\", \"type\": \"file\", \"size\": $(wc -c < "$file")}"
  done
  ;;
load)
  : "${2:?expected: mariadb.sh load FOLDER}"
  wrong="$(wrong_in "$2")"
  [ -z "$wrong" ] || { echo "nothing was loaded: $wrong" >&2; exit 1; }
  there="$(ask "SELECT group_concat(schema_name) FROM information_schema.schemata WHERE schema_name NOT IN ($own)")"
  [ "$there" = NULL ] || { echo "nothing was loaded: the server has databases already: $there" >&2; exit 1; }
  load "$2"
  ;;
*) echo "expected create, get, delete, list, verify, restore, browse or load" >&2; exit 2 ;;
esac
