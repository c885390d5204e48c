#!/bin/sh
# Takes away what install.sh put on this machine. Configuration, state and backups stay: they are yours.
# DESTDIR and PREFIX as for install.sh.
set -eu

root=${DESTDIR:-}
prefix=${PREFIX:-/usr/local}
if [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then
  echo "Cannot uninstall Schelly: not root: run it with sudo, or set DESTDIR." >&2
  exit 1
fi
packaged=false
if [ -z "$root" ] && dpkg-query --show --showformat '${Status}' schelly 2>/dev/null | grep -q ' installed$'; then
  packaged=true
fi
if [ -z "$root" ] && [ -d /run/systemd/system ] && [ "$packaged" = false ]; then
  systemctl disable --now schelly 2>/dev/null || true
fi
rm -f "$root$prefix"/share/man/man1/schelly-*.1
for file in "$prefix/bin/schelly" "$prefix/share/man/man1/schelly.1" \
  "$prefix/share/bash-completion/completions/schelly" "$prefix/share/zsh/site-functions/_schelly" \
  "$prefix/share/fish/vendor_completions.d/schelly.fish" /usr/lib/systemd/system/schelly.service \
  /usr/lib/sysusers.d/schelly.conf /usr/lib/tmpfiles.d/schelly.conf; do
  # What came with the Debian package is dpkg's.
  if [ -z "$root" ] && dpkg-query --search "$file" >/dev/null 2>&1; then continue; fi
  rm -f "$root$file"
done
if [ -z "$root" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
for kept in /etc/schelly /etc/systemd/system/schelly.service /var/lib/schelly; do
  if [ -e "$root$kept" ]; then echo "Kept: $root$kept"; fi
done
if [ "$packaged" = true ]; then
  echo "The Debian package stays, with its service: apt remove schelly takes that away."
fi
echo "Schelly is uninstalled; the user schelly stays as long as files belong to it."
