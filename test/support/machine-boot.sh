#!/bin/sh
# Boots a test machine: machine-boot.sh ROOT NAME USE DIRECTORY, as root, in mount and pid
# namespaces of its own (support/machine-boot.ts makes them), so that nothing here is seen outside
# and all of it is gone when this process is.
#
# The root directory is never written to: what the machine writes goes to memory. With the USE
# `checkout` Reeve stands in it as a package would put it, and comes from the checkout DIRECTORY;
# with `package` it is not there, and /packages is the DIRECTORY.
set -eu
root=$1
name=$2
use=$3
checkout=$4

# systemd wants a cgroup v2 hierarchy; each machine has a part of it for itself.
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
# What a test left that was killed: cgroups of machines without a process. Another machine that
# boots may be at the same, so it is no matter who removes them, or whether.
find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -name 'reeve-*-*' -mmin +10 2>/dev/null |
  while read -r old; do
    ! grep -q 'populated 0' "$old/cgroup.events" || find "$old" -depth -type d -exec rmdir {} +
  done 2>/dev/null || true
mkdir "/sys/fs/cgroup/$name"
echo $$ >"/sys/fs/cgroup/$name/cgroup.procs"

# systemd-nspawn notes there which machines run; these are nobody else's business.
mkdir -p /run/systemd
mount -t tmpfs none /run/systemd
mount -t tmpfs -o size=2g,mode=755 none /mnt
cd /mnt
mkdir upper work machine
mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay machine

# With an id it is no first boot, at which systemd would enable every unit there is.
echo "$name" | md5sum | cut -c1-32 >machine/etc/machine-id
echo '127.0.0.1 localhost' >machine/etc/hosts
boot() {
  # Not `exec`: this process is the first of its pid namespace, with which the machine ends.
  systemd-nspawn --quiet --directory=machine --machine="$name" --boot --register=no --keep-unit \
    --console=pipe --link-journal=no "$@"
}
if [ "$use" = package ]; then
  boot --bind-ro="$checkout:/packages"
  exit
fi
lib=machine/usr/lib
mkdir -p "$lib/reeve" "$lib/node_modules" "$lib/systemd/system" "$lib/systemd/catalog"
ln -s ../lib/reeve/reeve machine/usr/bin/reeve
for unit in "$checkout"/systemd/reeve*.service "$checkout"/systemd/reeve*.socket; do
  [ ! -e "$unit" ] || cp "$unit" "$lib/systemd/system/"
done
put() { [ ! -e "$checkout/systemd/$1" ] || cp "$checkout/systemd/$1" "$lib/$2"; }
put reeve.sysusers sysusers.d/reeve.conf
put reeve.tmpfiles tmpfiles.d/reeve.conf
put reeve.catalog systemd/catalog/reeve.catalog

boot --bind-ro="$checkout/dist:/usr/lib/reeve" --bind-ro="$checkout/node_modules:/usr/lib/node_modules"
