package wginternal

import (
	"context"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Part is a part of a change that is sent in one request.
type Part struct {
	Change wgtypes.Config
	// Send applies Change.
	Send func(ctx context.Context, c wgtypes.Config) error
}

// SendParts sends parts in order until one fails. After an error it returns a
// *PartialError with what became of each part. refused reports whether an error
// means that the device applied nothing of that part; if the device applied no
// earlier part either, SendParts returns the error itself. progress may be nil.
func SendParts(ctx context.Context, parts []Part, refused func(error) bool, progress Progress) error {
	all := 0
	for _, p := range parts {
		all += len(p.Change.Peers)
	}
	done := 0
	for i, p := range parts {
		err := ctx.Err()
		sent := err == nil
		if sent {
			err = p.Send(ctx, p.Change)
		}
		if err == nil {
			if done += len(p.Change.Peers); progress != nil {
				progress(done, all)
			}
			continue
		}
		nothing := !sent || refused(err)
		if nothing && i == 0 {
			return err
		}
		partial := &PartialError{Err: err, Applied: joinParts(parts[:i])}
		if nothing {
			partial.NotSent = joinParts(parts[i:])
		} else {
			partial.Unknown, partial.NotSent = p.Change, joinParts(parts[i+1:])
		}
		return partial
	}
	return nil
}

func joinParts(parts []Part) wgtypes.Config {
	changes := make([]wgtypes.Config, len(parts))
	for i, p := range parts {
		changes[i] = p.Change
	}
	return Join(changes)
}

// Join merges the parts of one change, which apply in order.
func Join(parts []wgtypes.Config) (c wgtypes.Config) {
	for _, part := range parts {
		if part.PrivateKey != nil {
			c.PrivateKey = part.PrivateKey
		}
		if part.ListenPort != nil {
			c.ListenPort = part.ListenPort
		}
		if part.FirewallMark != nil {
			c.FirewallMark = part.FirewallMark
		}
		c.Amnezia = joinAmnezia(c.Amnezia, part.Amnezia)
		c.ReplacePeers = c.ReplacePeers || part.ReplacePeers
		c.Peers = append(c.Peers, part.Peers...)
	}
	return c
}
