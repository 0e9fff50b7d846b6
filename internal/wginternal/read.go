package wginternal

import (
	"context"
	"errors"
	"io"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxReads bounds how often ReadDevice starts again.
const maxReads = 16

// ReadDevice reads a device whole, and again when it changed meanwhile. After
// several attempts the error is ErrInterrupted.
func ReadDevice(ctx context.Context, d Device) (*wgtypes.Device, error) {
	for attempt := 1; ; attempt++ {
		dev, err := readOnce(ctx, d)
		if !errors.Is(err, ErrInterrupted) || attempt == maxReads || ctx.Err() != nil {
			return dev, err
		}
	}
}

func readOnce(ctx context.Context, d Device) (*wgtypes.Device, error) {
	r, err := d.Read(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dev := r.Device()
	if whole, ok := r.(wholeReader); ok && ProgressOf(ctx) == nil {
		dev.Peers, err = whole.Rest()
	} else {
		dev.Peers, err = readPeers(r, ProgressOf(ctx))
	}
	if err != nil {
		return nil, err
	}
	return dev, nil
}

// wholeReader is a Reader that can do better than Next if all peers are wanted,
// none was read yet, and nobody needs to know how far it came.
type wholeReader interface {
	Rest() ([]wgtypes.Peer, error)
}

func readPeers(r Reader, progress Progress) ([]wgtypes.Peer, error) {
	var peers arena.Buffer[wgtypes.Peer]
	for {
		err := r.Next(peers.Reserve())
		if err == io.EOF {
			return peers.Take(), nil
		}
		if err != nil {
			return nil, err
		}
		peers.Commit()
		if progress != nil {
			progress(peers.Len(), 0)
		}
	}
}
