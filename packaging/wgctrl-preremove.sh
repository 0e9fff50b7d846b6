#!/bin/sh
# The argument: "remove" with deb, the number of remaining versions with rpm, none with apk.
# Interfaces of wgctrl-quick@ stay up: the administrator may be connected through one.
set -e
case ${1-remove} in
remove | 0)
    if [ -d /run/systemd/system ]; then
        systemctl disable --now wgctrl-reresolve.service
    fi
    ;;
esac
