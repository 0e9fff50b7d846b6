package wgprom

import (
	"context"
	"errors"
	"io/fs"
	"net"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
)

// reasons are the values of the label reason, in the order in which errors are
// compared with them. There are no others but reasonOther, so that the text of
// errors makes no series.
var reasons = []struct {
	err  error
	name string
}{
	{errShadowed, "shadowed"},                 // a device of the same name, of a kind asked first, is read instead
	{context.DeadlineExceeded, "timeout"},     // no answer, as of a daemon that hangs
	{context.Canceled, "canceled"},            // the scrape's client is gone
	{fs.ErrPermission, "permission"},          // CAP_NET_ADMIN, or access to the socket, is missing
	{fs.ErrNotExist, "disappeared"},           // it was found, and was gone when it was read
	{wgctrl.ErrInterrupted, "interrupted"},    // it changed each time while it was read
	{wgctrl.ErrNotWireGuard, "not_wireguard"}, // another interface has the name now
	{errors.ErrUnsupported, "unsupported"},    // the system cannot do it
	{uapi.ErrProtocol, "protocol"},            // a daemon answers something else
	{net.ErrClosed, "closed"},                 // the Client was closed
}

const reasonOther = "other"

func reason(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.name
		}
	}
	return reasonOther
}
