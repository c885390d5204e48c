#!/bin/sh
# Installs Schelly: the program, its unit, its user, manual page and completions. Run as root, in an unpacked archive or
# after `make build`:
#   deploy/install.sh                     into /usr/local
#   DESTDIR=/tmp/root deploy/install.sh   into another root, for packages: nothing of this machine is touched
# Running it again upgrades; the configuration and the state are never touched. uninstall.sh takes it away again.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR:-}
prefix=${PREFIX:-/usr/local}

base=${here%/*}
program=$base/schelly
[ -f "$program" ] || program=$base/dist/schelly
if [ ! -f "$program" ]; then
  echo "Cannot install Schelly: no program at $base/schelly: unpack the whole archive, or run \`make build\` first." >&2
  exit 1
fi
if ! version=$("$program" version); then
  echo "Cannot install Schelly: $program does not run on this machine ($(uname -sm)): take the archive for it." >&2
  exit 1
fi
if [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then
  echo "Cannot install Schelly: not root: run it with sudo, or set DESTDIR." >&2
  exit 1
fi

if [ -z "$root" ] && dpkg-query --search /usr/bin/schelly >/dev/null 2>&1; then
  echo "Cannot install Schelly: it is installed as a Debian package: upgrade that, or take it away first: apt remove schelly" >&2
  exit 1
fi

# From a file beside the goal, renamed: a server that runs keeps its program, and nobody meets half a file.
put() { # MODE FROM TO
  mkdir -p "$root${3%/*}"
  cp "$2" "$root$3.new"
  chmod "$1" "$root$3.new"
  mv -f "$root$3.new" "$root$3"
  echo "  $3"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" man --to "$work/man" 2>/dev/null
for shell in bash zsh fish; do "$program" completion "$shell" >"$work/$shell"; done
sed "s|/usr/local/bin/schelly|$prefix/bin/schelly|" "$here/systemd/schelly.service" >"$work/unit"

echo "Installing $version:"
put 755 "$program" "$prefix/bin/schelly"
for page in "$work"/man/*.1; do put 644 "$page" "$prefix/share/man/man1/${page##*/}" >/dev/null; done
echo "  $prefix/share/man/man1/schelly*.1"
put 644 "$work/bash" "$prefix/share/bash-completion/completions/schelly"
put 644 "$work/zsh" "$prefix/share/zsh/site-functions/_schelly"
put 644 "$work/fish" "$prefix/share/fish/vendor_completions.d/schelly.fish"
put 644 "$work/unit" /usr/lib/systemd/system/schelly.service
put 644 "$here/systemd/schelly.sysusers" /usr/lib/sysusers.d/schelly.conf
put 644 "$here/systemd/schelly.tmpfiles" /usr/lib/tmpfiles.d/schelly.conf

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemd-sysusers /usr/lib/sysusers.d/schelly.conf
  systemd-tmpfiles --create /usr/lib/tmpfiles.d/schelly.conf
  systemctl daemon-reload
fi
cat <<END
Next:
  1. Write /etc/schelly/schelly.yaml, and check it: schelly validate config /etc/schelly/schelly.yaml
  2. Where it names local folders or secret files, make a unit that allows those, and no more:
     schelly systemd unit --config /etc/schelly/schelly.yaml -o /etc/systemd/system/schelly.service
  3. systemctl daemon-reload && systemctl enable --now schelly
END
