#!/bin/sh
# The service is neither enabled nor started: what it tells is not for everyone.
# An upgrade restarts it if it runs.
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl try-restart wgctrl-exporter.service
fi
