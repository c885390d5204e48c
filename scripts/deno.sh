#!/bin/sh
# Runs Deno with the given arguments: the one on PATH where it fits, else a pinned one, fetched once from npm. Version and
# digests of that one are those of scripts/deno/package-lock.json.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
tools="$here/.deno"
lock="$here/scripts/deno/package-lock.json"

# Both kinds of certificates, so that machines behind a private authority work like any other.
export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-system,mozilla}"
export DENO_NO_UPDATE_CHECK=1

# True for 2.6 and later releases of major 2.
fits() {
  "$1" --version 2>/dev/null | awk 'NR == 1 { split($2, v, "."); good = v[1] == 2 && v[2] >= 6 } END { exit !good }'
}

# The program itself where `deno` on PATH is npm's script around it: that script hands no signal on, so that what is asked
# to end would go on without it.
on_path() {
  program=$(readlink -f "$(command -v deno)")
  case $program in
    */deno/bin.cjs) [ ! -x "${program%/*}/deno" ] || program=${program%/*}/deno ;;
  esac
  echo "$program"
}

# The npm package `deno` is a small script around a package per platform, which holds the program itself.
installed() {
  for program in "$tools"/node_modules/@deno/*/deno; do
    if [ -x "$program" ] && fits "$program"; then
      echo "$program"
      return
    fi
  done
}

if fits deno; then
  deno=$(on_path)
else
  deno=$(installed)
  if [ -z "$deno" ]; then
    if ! command -v npm >/dev/null 2>&1; then
      echo "Cannot set up Schelly: neither Deno 2.6 or later nor npm is on PATH: install Deno (https://deno.com)" \
        "or Node.js with npm (https://nodejs.org), then try again." >&2
      exit 1
    fi
    pinned=$(sed -n 's/.*"deno": "\([0-9.]*\)".*/\1/p' "$here/scripts/deno/package.json")
    echo "Deno 2.6 or later is not on PATH: fetching deno@$pinned from npm into .deno/ …" >&2
    mkdir -p "$tools"
    cp "$here/scripts/deno/package.json" "$lock" "$tools/"
    # What has another digest than the lock says is not installed.
    npm ci --prefix "$tools" --ignore-scripts --no-bin-links --no-audit --no-fund --loglevel=error >&2
    for package in "$tools"/node_modules/@deno/*; do
      name="@deno/${package##*/}"
      if ! grep -A 2 "\"node_modules/$name\"" "$lock" | grep -q '"integrity"'; then
        echo "No digest of $name@$pinned is pinned: it is what the registry says it is." >&2
      fi
    done
    chmod +x "$tools"/node_modules/@deno/*/deno 2>/dev/null || true
    deno=$(installed)
    if [ -z "$deno" ]; then
      echo "Cannot run the deno@$pinned that npm fetched into .deno/: no program for $(uname -sm) is in it, or its digest" \
        "is not the one of scripts/deno/package-lock.json: install Deno 2.6 or later (https://deno.com), then try again." >&2
      exit 1
    fi
  fi
fi

exec "$deno" "$@"
