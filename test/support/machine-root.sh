#!/bin/sh
# Builds the root directory of a Debian release for test machines:
# machine-root.sh SUITE DIRECTORY USE.
#
# With the USE `package` it has no more than Reeve's package depends on: no libraries of
# applications, no node, npm or compiler; bookworm has rpm besides. With `checkout` it has what the
# stories need.
#
# It is made beside its final name and renamed when it is whole; whoever comes second waits for the
# lock and finds it done. The name holds a hash of this file (support/machine-boot.ts), so that a
# change of the recipe makes a new one.
set -eu
suite=$1
directory=$2
use=$3

mkdir -p "$(dirname "$directory")"
exec 9>"$directory.lock"
flock 9
[ ! -d "$directory" ] || exit 0
rm -rf "$directory.new"
case $use-$suite in
  checkout-*)
    packages=systemd,systemd-sysv,dbus,libnss-systemd,procps,iproute2,curl
    packages=$packages,python3,python3-flask,python3-django,python3-venv,nginx
    ;;
  package-bookworm) packages=systemd,systemd-sysv,python3,libstdc++6,rpm ;;
  package-*) packages=systemd,systemd-sysv,python3,libstdc++6 ;;
esac
# A mirror may be slow; what takes longer hangs.
timeout --kill-after=20 400 mmdebstrap --quiet --variant=minbase --include="$packages" \
  "$suite" "$directory.new"
# All machines share one network: nginx starts where a story wants it, with ports of that story.
rm -f "$directory.new"/etc/systemd/system/multi-user.target.wants/nginx.service \
  "$directory.new"/etc/nginx/sites-enabled/default
# What a test does not need only makes the machine slower to boot.
for unit in systemd-networkd.service systemd-networkd.socket systemd-resolved.service getty.target \
  console-getty.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer \
  dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-tmpfiles-clean.timer; do
  ln -sf /dev/null "$directory.new/etc/systemd/system/$unit"
done
mv "$directory.new" "$directory"
