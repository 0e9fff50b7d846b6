#!/bin/busybox sh
# Process 1 of the guest: prepares the machine, runs the programs in
# /vmtest/programs one after the other, and powers off.
#
# ttyS0 is the console: the kernel's messages and ours to the host. ttyS1
# carries what the programs print, and nothing else.

# To the host, by way of the kernel's log: two writers to a serial port may
# tear each other's lines, one log does not. Level 1 passes "quiet".
say() { echo "<1>vmtest: $*" >/dev/kmsg; }

halt() {
	# Wait until the host has got all that the programs printed.
	stty -F /dev/ttyS1 raw
	poweroff -f
}

fail() {
	say "failed $*"
	halt
}

# Programs see a terminal, but not one that shows colours.
export TERM=dumb
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH=$path

/bin/busybox mount -t devtmpfs devtmpfs /dev
if [ -e /vmtest/root ]; then
	# A root of its own has its own tools, and no others for its programs.
	/bin/busybox mkdir /vmtest/tools
	/bin/busybox --install -s /vmtest/tools
	PATH=/vmtest/tools:$path
else
	# Files that came along keep their place, whence the complaints.
	/bin/busybox --install -s 2>/dev/null
fi
exec 3>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo || fail "stty"

# What udev would make, and shells and wg's users take for granted.
ln -s /proc/self/fd /dev/fd
for name in stdin:0 stdout:1 stderr:2; do
	ln -s "/proc/self/fd/${name#*:}" "/dev/${name%:*}"
done

mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts || fail "mount devpts"
mount -t proc proc /proc || fail "mount proc"
mount -t sysfs sysfs /sys || fail "mount sysfs"
# Files that came along for these folders move into the new file systems.
for dir in /tmp /run /dev/shm; do
	mount -t tmpfs tmpfs /mnt && cp -a $dir/. /mnt && mount -o move /mnt $dir || fail "mount $dir"
done
chmod 1777 /tmp /dev/shm

for module in $(cat /vmtest/modules); do
	modprobe "$module" || fail "modprobe $module"
done

hostname vmtest
ip link set lo up || fail "ip link set lo up"

. /vmtest/env
cd /vmtest/programs || fail "no programs"
for program in *; do
	say "start $program"
	PATH=$path /bin/sh "./$program" </dev/null >&3 2>&3 3>&-
	say "exit $program $?"
done
halt
