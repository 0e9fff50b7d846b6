#!/bin/sh
# The service is not enabled and not started, because its metrics are private.
# An upgrade restarts a running service.
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl try-restart wgctrl-exporter.service
fi
