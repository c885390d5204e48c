#!/usr/bin/env bash
# Registers the workflows and tasks of Schelly's built-in `conductor` at a Conductor server; done again, it changes nothing
# but what these files say otherwise.
#   register.sh http://conductor:8080/api ["Header: value" ...]
set -euo pipefail
url="${1:-${CONDUCTOR_API_URL:-}}"
if [ -z "$url" ]; then
  echo "usage: register.sh http://conductor:8080/api [\"Header: value\" ...]" >&2
  exit 2
fi
shift || true
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
headers=(-H "Content-Type: application/json")
for header in "$@"; do headers+=(-H "$header"); done

# put METHOD PATH FILE
put() {
  local answer
  answer="$(curl -sS --max-time 60 -w '\n%{http_code}' "${headers[@]}" -X "$1" --data-binary "@$here/$3" "${url%/}/$2")"
  case "${answer##*$'\n'}" in
    2??) echo "registered $3" ;;
    *) echo "Cannot register $3 at ${url%/}/$2: ${answer}" >&2; exit 1 ;;
  esac
}

put POST metadata/taskdefs tasks.json
put PUT metadata/workflow workflows.json
