#!/bin/busybox sh
# Process 1 of the guest. It prepares the machine, runs the programs in
# /vmtest/programs in order, and powers off.
#
# ttyS0 is the console, with the messages of the kernel and of this script. ttyS1 has
# only the output of the programs.

# Reports to the host through the kernel's log, because two writers to a serial port can
# mix their lines. Level 1 is shown despite "quiet".
say() { echo "<1>vmtest: $*" >/dev/kmsg; }

halt() {
	# Wait until the output of the programs was sent.
	stty -F /dev/ttyS1 raw
	poweroff -f
}

fail() {
	say "failed $*"
	halt
}

# A terminal without colours.
export TERM=dumb
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH=$path

/bin/busybox mount -t devtmpfs devtmpfs /dev
if [ -e /vmtest/root ]; then
	# Programs use the root's own tools; only this script uses busybox.
	/bin/busybox mkdir /vmtest/tools
	/bin/busybox --install -s /vmtest/tools
	PATH=/vmtest/tools:$path
else
	# busybox warns about files that exist, which it keeps.
	/bin/busybox --install -s 2>/dev/null
fi
exec 3>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo || fail "stty"

# The links that udev creates.
ln -s /proc/self/fd /dev/fd
for name in stdin:0 stdout:1 stderr:2; do
	ln -s "/proc/self/fd/${name#*:}" "/dev/${name%:*}"
done

mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts || fail "mount devpts"
mount -t proc proc /proc || fail "mount proc"
mount -t sysfs sysfs /sys || fail "mount sysfs"
# Copy the files in these directories to the new file systems.
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
