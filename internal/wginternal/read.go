package wginternal

import (
	"context"
	"errors"
	"io"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxReads is how often ReadDevice reads a device that keeps changing.
const maxReads = 16

// ReadDevice reads a whole device. It starts again if the device changed
// meanwhile; after several attempts it returns ErrInterrupted. progress may be
// nil.
func ReadDevice(ctx context.Context, d Source, progress Progress) (*wgtypes.Device, error) {
	for attempt := 1; ; attempt++ {
		dev, err := readOnce(ctx, d, progress)
		if !errors.Is(err, ErrInterrupted) || attempt == maxReads || ctx.Err() != nil {
			return dev, err
		}
	}
}

func readOnce(ctx context.Context, d Source, progress Progress) (*wgtypes.Device, error) {
	r, err := d.Read(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dev := r.Device()
	if dev.Peers, err = r.Rest(progress); err != nil {
		return nil, err
	}
	return dev, nil
}

// Collect implements Reader.Rest for readers that decode while they receive. It
// calls next, a Reader's Next, until it returns io.EOF.
func Collect(next func(*wgtypes.Peer) error, progress Progress) ([]wgtypes.Peer, error) {
	var peers arena.Buffer[wgtypes.Peer]
	for {
		err := next(peers.Reserve())
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
