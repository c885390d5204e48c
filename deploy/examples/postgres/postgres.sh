#!/bin/bash
# Dumps of all databases and roles of a PostgreSQL server: postgres.sh create | get | delete | list | verify | restore |
# browse, for the backup SCHELLY_BACKUP_ID. PGHOST, PGUSER, PGPASSFILE … are PostgreSQL's own, of a superuser; STORE: where
# the dumps are, a folder each: globals.sql, NAME.dump of each database, their rows and SHA-256.
# What was restored is loaded into an empty server with: postgres.sh load FOLDER
set -euo pipefail
: "${STORE:?names the folder of the dumps}"
export PGDATABASE="${PGDATABASE:-postgres}"

# Where a disk is not mounted there is an empty folder: that must be a failure and never "no such backup".
[ -e "$STORE/.backup-store" ] || {
  echo "there is no $STORE/.backup-store: is the disk mounted? On the first day: touch $STORE/.backup-store" >&2
  exit 75
}

backup="$STORE/${SCHELLY_BACKUP_ID:-}"

ask() { psql -XqAt --no-password --set ON_ERROR_STOP=1 "$@"; }
size_mb() { du -sb "$1" | awk '{ printf "%.6f", $1 / 1000000 }'; }
# A name of a database as that of a file, and back.
as_file() { sed 's/%/%25/g; s|/|%2F|g' <<< "$1"; }
as_name() { sed 's|%2F|/|g; s/%25/%/g' <<< "$1"; }

# Each table of the dump $1 with its rows, as SQL names it: 'public.notes<tab>12'. Reads all of the dump.
rows_of() {
  pg_restore --data-only --file - "$1" | awk '
    !within && match($0, /^COPY ("([^"]|"")*"|[^" ]+)\.("([^"]|"")*"|[^" ]+) /) {
      within = 1; table = substr($0, 6, RLENGTH - 6); rows[table] += 0; next
    }
    within && $0 == "\\." { within = 0; next }
    within { rows[table]++ }
    END { for (table in rows) printf "%s\t%d\n", table, rows[table] }'
}

# Loads the dumps in the folder $1, and the roles by the SQL in $2. A database of another name than postgres is made, and
# must not be there.
load() {
  ask --file "$2" > /dev/null || return
  local dump name
  for dump in "$1"/*.dump; do
    name="$(as_name "$(basename "$dump" .dump)")"
    if [ "$name" = postgres ]; then
      pg_restore --no-password --exit-on-error --single-transaction --dbname postgres "$dump" || return
    else
      pg_restore --no-password --exit-on-error --create --dbname postgres "$dump" || return
    fi
  done
}

# Says what is wrong with the dumps in the folder $1; nothing where they are as they were made.
wrong_in() {
  (cd "$1" && sha256sum --check --quiet --strict SHA256SUMS 2>&1) || true
}

case "${1:?create, get, delete, list, verify, restore, browse or load}" in
create)
  rm -rf "$backup.part"
  mkdir "$backup.part"
  pg_dumpall --no-password --globals-only --file "$backup.part/globals.sql"
  databases="$(ask --command 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1')"
  while IFS= read -r name; do
    dump="$backup.part/$(as_file "$name").dump"
    pg_dump --no-password --format=custom --file="$dump" --dbname="dbname='$(sed "s/[\\\\']/\\\\&/g" <<< "$name")'"
    # What cannot be read again cannot be restored.
    rows_of "$dump" > "${dump%.dump}.rows"
  done <<< "$databases"
  (cd "$backup.part" && sha256sum -- globals.sql *.dump *.rows > SHA256SUMS)
  sync "$backup.part"/*
  mv "$backup.part" "$backup"
  sync "$STORE"
  echo "{\"size_mb\": $(size_mb "$backup"), \"message\": \"$(wc -l <<< "$databases") databases\"}"
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
    [ -z "$server" ] || { kill -INT "$server" 2> /dev/null && wait "$server" || true; }
    rm -rf "$private"
    [ "$code" -eq 0 ] || exit "$verdict"
  }
  trap end EXIT
  trap 'exit 75' INT TERM
  damaged() { verdict=1; echo "$1" >&2; exit 1; }
  cannot() { echo "$1" >&2; exit 75; }
  [ -d "$backup" ] || cannot "there is no backup $backup"
  wrong="$(wrong_in "$backup")"
  case "$wrong" in
  "") ;;
  *"Permission denied"* | *"Input/output error"*) cannot "$(head -n 1 <<< "$wrong")" ;;
  *) damaged "$(head -n 1 <<< "$wrong")" ;;
  esac
  # A server of its own, without a network, with an empty folder. It refuses to be root's.
  data="${SCHELLY_SCRATCH:?is not told: verify needs method: restore}/data"
  bin="$(dirname "$(command -v initdb || ls -v /usr/lib/postgresql/*/bin/initdb | tail -n 1)")"
  as=()
  if [ "$(id -u)" -eq 0 ]; then
    as=(setpriv --reuid=postgres --regid=postgres --init-groups --)
    chown postgres "$SCHELLY_SCRATCH" "$private"
    "${as[@]}" test -w "$SCHELLY_SCRATCH" || cannot "the user postgres cannot enter $SCHELLY_SCRATCH: let TMPDIR be elsewhere"
  fi
  cd "$SCHELLY_SCRATCH"
  "${as[@]}" "$bin/initdb" --pgdata="$data" --username=schelly_proof --auth=trust --encoding=UTF8 --no-sync \
    > "$private/log" 2>&1 || cannot "$(tail -n 1 "$private/log")"
  "${as[@]}" "$bin/postgres" -D "$data" -c listen_addresses= -c unix_socket_directories="$private" -c fsync=off \
    > "$private/log" 2>&1 &
  server=$!
  export PGHOST="$private" PGPORT=5432 PGUSER=schelly_proof PGDATABASE=postgres
  unset PGSERVICE PGPASSFILE PGPASSWORD PGOPTIONS PGSSLMODE PGHOSTADDR
  until psql -XqAt --command 'SELECT 1' > /dev/null 2>&1; do
    kill -0 "$server" 2> /dev/null || { server=""; cannot "$(tail -n 1 "$private/log")"; }
    sleep 0.1
  done
  # The tablespaces of the backup are folders of the server that it is of: here each has one of its own.
  awk -v base="$SCHELLY_SCRATCH/tablespace" -v q="'" '
    /^CREATE TABLESPACE .* LOCATION / { n++; sub(/ LOCATION .*/, " LOCATION " q base n q ";") } { print }
  ' "$backup/globals.sql" > "$private/globals.sql"
  for number in $(seq "$(grep -c '^CREATE TABLESPACE ' "$private/globals.sql" || true)"); do
    "${as[@]}" mkdir -m 700 "$SCHELLY_SCRATCH/tablespace$number"
  done
  load "$backup" "$private/globals.sql" > "$private/load" 2>&1 || {
    said="a server does not take it: $(grep -m1 -i error "$private/load" || tail -n 1 "$private/load")"
    # What this machine lacks is not the backup's fault.
    case "$said" in *"o space left"* | *"is not available"* | *"could not access file"* | *"invalid locale"* | *"onnection"*)
      cannot "$said"
      ;;
    esac
    damaged "$said"
  }
  databases=0 tables=0 rows=0
  for expected in "$backup"/*.rows; do
    name="$(as_name "$(basename "$expected" .rows)")"
    export PGDATABASE="$name"
    databases=$((databases + 1))
    while IFS=$'\t' read -r table count; do
      # A table that an extension brings has rows of its own beside those of the dump.
      there="$(ask --command "SELECT count(*) FROM ONLY $table" 2>&1)" || damaged "database $name: $there"
      [ "$there" -ge "$count" ] || damaged "table $table of database $name has $there rows, expected $count"
      tables=$((tables + 1)) rows=$((rows + there))
    done < "$expected"
  done
  roles="$(ask --command "SELECT count(*) FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'schelly_proof'")"
  echo "{\"bytes\": $(du -sb "$data" | cut -f 1), \"message\": \"a server took it:" \
    "$rows rows in $tables tables of $databases databases, $roles roles\"}"
  ;;
restore)
  [ -d "$backup" ] || { echo "there is no backup $backup" >&2; exit 1; }
  wanted="${SCHELLY_INCLUDE:-$(ls "$backup")}"
  while IFS= read -r name; do
    case "$name" in */*) exit 3 ;; esac
    [ -f "$backup/$name" ] || exit 3
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
  python3 -c 'import json, os, sys
for one in os.scandir(sys.argv[1]):
    print(json.dumps({"path": one.name, "type": "file", "size": one.stat().st_size}))' "$backup"
  ;;
load)
  : "${2:?expected: postgres.sh load FOLDER}"
  wrong="$(wrong_in "$2")"
  [ -z "$wrong" ] || { echo "nothing was loaded: $wrong" >&2; exit 1; }
  there="$(ask --command "SELECT string_agg(datname, ', ') FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")"
  [ -z "$there" ] || { echo "nothing was loaded: the server has databases already: $there" >&2; exit 1; }
  # The role that loads is there already.
  me="$(ask --command 'SELECT quote_ident(current_user)')"
  roles="$(mktemp)"
  trap 'rm -f "$roles"' EXIT
  grep -vxF "CREATE ROLE $me;" "$2/globals.sql" > "$roles"
  load "$2" "$roles"
  ;;
*) echo "expected create, get, delete, list, verify, restore, browse or load" >&2; exit 2 ;;
esac
