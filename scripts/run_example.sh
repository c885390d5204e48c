#!/bin/sh
# Starts Schelly from source on the demo: schelly.example.yaml and three jobs with two years behind them, and says where to
# look and what to type. Being ended by Ctrl-C is how it should end, and so no failure.
set -u
cd "$(dirname -- "$0")/.."

schelly() {
  scripts/deno.sh run --quiet --permission-set --no-check --cached-only src/main.ts "$@" --config schelly.demo.yaml
}

scripts/deno.sh run --quiet --permission-set --no-check --cached-only scripts/demo_state.ts || exit
# What a backup every five seconds has to say would take the last lines off the screen.
scripts/deno.sh run --quiet --permission-set --no-check --cached-only src/main.ts run \
  --config schelly.demo.yaml --log-level "${SCHELLY_LOG_LEVEL:-warning}" &
server=$!

# A terminal sends Ctrl-C to the server as well; a termination reaches only this script.
trap : INT
trap 'kill -TERM "$server" 2>/dev/null' TERM HUP

until schelly healthcheck >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || break
  sleep 1
done
kill -0 "$server" 2>/dev/null && cat <<END

The demo is running: a backup every 5 seconds, and three jobs with two years behind them.

  The page:             http://${SCHELLY_LISTEN:-127.0.0.1:8080}/
  In another terminal:  make build
                        export PATH="\$PWD/dist:\$PATH" SCHELLY_CONFIG=schelly.example.yaml
                        schelly jobs list
                        schelly jobs trigger demo --wait
                        schelly retention show demo
  A job of your own:    schelly init
  To end it:            Ctrl-C

What is wrong from now on stands below; SCHELLY_LOG_LEVEL=info make run shows each step.
END

while :; do
  wait "$server"
  code=$?
  kill -0 "$server" 2>/dev/null || break
done
[ "$code" -eq 130 ] || exit "$code"
