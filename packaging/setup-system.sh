#!/bin/sh
# Installs the packages of the system that building ("build"), making packages ("package") or all
# tests ("test") need, where they are missing and where this is Debian and we are root; elsewhere it
# lists the missing ones.
set -eu

case "$1" in
  build) wanted='libsystemd-dev g++ make python3 python3-venv' ;;
  test)
    wanted='uwsgi-core uwsgi-plugin-python3 nginx-light libnginx-mod-stream haproxy curl procps'
    wanted="$wanted util-linux systemd-container mmdebstrap"
    wanted="$wanted zsh fish bash-completion mandoc man-db groff lintian rpmlint prometheus chromium"
    wanted="$wanted redis-server"
    ;;
  package) wanted='binutils dpkg-dev rpm' ;;
  *) echo "setup-system.sh: build, test or package" >&2; exit 64 ;;
esac

command -v dpkg-query >/dev/null 2>&1 || {
  echo "not a Debian system: make sure that you have the equivalents of: $wanted" >&2
  exit 0
}
missing=''
for package in $wanted; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "missing packages:$missing; install them as root: apt-get install$missing" >&2
  [ "$1" = test ] && exit 0
  exit 1
fi
echo "installing:$missing"
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
