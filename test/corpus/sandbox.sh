#!/bin/sh
# Runs a command as the first process of a small machine of its own: sandbox.sh REPOSITORY COMMAND…
# as root, in new mount, network, process, name and IPC namespaces (sandbox.ts makes them).
#
# Its root directory is this machine's, read through an overlay: what is written goes to memory, and
# is seen below /.written. /tmp and /run begin empty. The network is a loopback interface alone.
set -eu
repository=$1
shift
mount -t tmpfs -o size=512m,mode=755 none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
cd /mnt/root
# Where the checkout or the home directories are file systems of their own.
for place in "$repository" /usr /home /root /var /opt; do
  mounted=$(findmnt -nT "$place" -o TARGET 2>/dev/null || echo /)
  [ "$mounted" = / ] || mountpoint -q ".$mounted" || {
    mkdir -p ".$mounted" "/mnt/other$mounted/upper" "/mnt/other$mounted/work"
    mount -t overlay -o "lowerdir=$mounted,upperdir=/mnt/other$mounted/upper,workdir=/mnt/other$mounted/work" \
      overlay ".$mounted"
  }
done
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 none tmp
mount -t tmpfs -o mode=755 none run
# A checkout that lies there is there as well.
case "$repository" in
  /tmp/* | /run/*)
    mkdir -p ".$repository"
    mount --rbind "$repository" ".$repository"
    ;;
esac
mkdir -p run/lock .written
mount --bind /mnt/upper .written
# Applications run as other users, and the interpreter may be the one of root's own home.
chmod a+rx root
ip link set lo up
echo 65535 >proc/sys/net/core/somaxconn
hostname corpus
exec chroot . "$@"
