#!/bin/sh
# Starts Schelly from source on the demo: schelly.example.yaml and three jobs with two years behind them. Being ended by
# Ctrl-C is how it should end, and so no failure.
set -u
cd "$(dirname -- "$0")/.."

scripts/deno.sh run --quiet --permission-set --no-check --cached-only scripts/demo_state.ts || exit
scripts/deno.sh run --quiet --permission-set --no-check --cached-only src/main.ts run \
  --config schelly.demo.yaml &
server=$!

# A terminal sends Ctrl-C to the server as well; a termination reaches only this script.
trap : INT
trap 'kill -TERM "$server" 2>/dev/null' TERM HUP

while :; do
  wait "$server"
  code=$?
  kill -0 "$server" 2>/dev/null || break
done
[ "$code" -eq 130 ] || exit "$code"
