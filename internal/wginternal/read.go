package wginternal

import (
	"context"
	"errors"
	"io"

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
	progress := ProgressOf(ctx)
	for {
		p, err := r.Next()
		if err == io.EOF {
			return dev, nil
		}
		if err != nil {
			return nil, err
		}
		dev.Peers = append(dev.Peers, p)
		if progress != nil {
			progress(len(dev.Peers), 0)
		}
	}
}
