#!/bin/sh
# The programs of a FreeBSD, OpenBSD or macOS for tests. The name of the script says
# which one it is. The state of the system is in the folder root next to that of the
# script: if has the output of ifconfig for each interface, get the interface of each
# route that exists, dns and search those of network services. Commands that change
# something are appended to the file log.
program=${0##*/}
root=${0%/*}/../root
PATH=/usr/bin:/bin

note() {
	printf '%s\n' "$program${*:+ $*}" >>"$root/log"
}

fail() {
	echo "$program: $*" >&2
	exit 1
}

# A file named fail has a part of the commands that fail.
if [ -s "$root/fail" ] && printf '%s\n' "$program $*" | grep -qF -- "$(cat "$root/fail")"; then
	fail "this command fails"
fi

run_ifconfig() {
	case "$#:$2" in
	0:) cat "$root"/if/* ;;
	1:)
		# An interface that was destroyed stays for as many calls as linger says.
		if [ -s "$root/linger" ] && [ ! -e "$root/if/$1" ]; then
			left=$(cat "$root/linger")
			echo "waited" >>"$root/log"
			if [ "$left" -gt 1 ]; then echo $((left - 1)) >"$root/linger"; else : >"$root/linger"; fi
			exit 0
		fi
		cat "$root/if/$1" 2>/dev/null || fail "interface $1 does not exist"
		;;
	*:create)
		note "$@"
		if [ "$1" = wg ]; then
			[ ! -e "$root/userspace" ] || fail "ioctl SIOCIFCREATE2: Invalid argument"
			[ ! -e "$root/if/$4" ] || fail "ioctl SIOCSIFNAME (set name): File exists"
			echo "$4: flags=8080<NOARP> mtu 1420" >"$root/if/$4"
			return
		fi
		# Another process makes an interface with a name in busy at the same time.
		[ ! -e "$root/busy/$1" ] && [ ! -e "$root/if/$1" ] || fail "SIOCIFCREATE: File exists"
		printf '%s: flags=8080<NOARP> mtu 1420\n\tdescription: %s\n' "$1" "$4" >"$root/if/$1"
		;;
	*:destroy)
		note "$@"
		rm "$root/if/$1"
		[ ! -e "$root/lingers" ] || mv "$root/lingers" "$root/linger"
		;;
	*)
		note "$@"
		[ -e "$root/if/$1" ] || fail "interface $1 does not exist"
		;;
	esac
}

run_route() {
	case "$*" in
	"-n get "*)
		for target; do :; done
		name=$(echo "$target" | tr / _)
		[ -e "$root/get/$name" ] || fail "not in table"
		echo "  interface: $(cat "$root/get/$name")"
		;;
	*add*-gateway* | *add*-blackhole)
		note "$@"
		mkdir -p "$root/hosts"
		echo "$*" >"$root/hosts/$5"
		;;
	*delete*)
		note "$@"
		[ ! -e "$root/hosts/$5" ] || rm "$root/hosts/$5"
		;;
	*)
		note "$@"
		;;
	esac
}

run_networksetup() {
	case "$1" in
	-listallnetworkservices)
		echo "An asterisk (*) denotes that a network service is disabled."
		ls "$root/dns"
		return
		;;
	-getdnsservers) cat "$root/dns/$2" ;;
	-getsearchdomains) cat "$root/search/$2" ;;
	-set*)
		note "$@"
		kind=dns empty="There aren't any DNS Servers set on $2."
		[ "$1" = -setdnsservers ] || kind=search empty="There aren't any Search Domains set on $2."
		service=$2
		shift 2
		if [ "$*" = Empty ]; then set -- "$empty"; fi
		printf '%s\n' "$@" >"$root/$kind/$service"
		;;
	esac
}

case "$program" in
ifconfig) run_ifconfig "$@" ;;
route) run_route "$@" ;;
netstat) cat "$root/netstat/$3" ;;
networksetup) run_networksetup "$@" ;;
pgrep) [ -e "$root/running/$2" ] ;;
printf) printf "$@" && note "$@" ;;
resolvconf)
	note "$@"
	if [ "$1" = -a ]; then
		cat >"$root/resolvconf/$2"
	elif [ -e "$root/resolvconf/$2" ]; then
		rm "$root/resolvconf/$2"
	elif [ "$3" != -f ]; then
		fail "No resolv.conf for interface $2"
	fi
	;;
cp | mv)
	note "$@"
	"$program" "$root$1" "$root$2"
	;;
rm)
	note "$@"
	rm -f "$root$2"
	case "$2" in *.sock)
		name=${2##*/}
		rm -f "$root/if/${name%.sock}"
		;;
	esac
	;;
mkdir)
	note "$@"
	mkdir -p "$root$2"
	;;
wireguard-go)
	note "$@"
	name=$1
	mkdir -p "$root/var/run/wireguard"
	if [ "$name" = utun ]; then
		name=utun3
		echo "$name" >"$root$WG_TUN_NAME_FILE"
	fi
	: >"$root/var/run/wireguard/$name.sock"
	echo "$name: flags=8051<UP> mtu 1380" >"$root/if/$name"
	;;
esac
