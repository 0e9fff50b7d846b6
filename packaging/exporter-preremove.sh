#!/bin/sh
# deb says "remove", rpm says how many versions stay, apk says nothing.
set -e
case ${1-remove} in
remove | 0)
    if [ -d /run/systemd/system ]; then
        systemctl disable --now wgctrl-exporter.service
    fi
    ;;
esac
