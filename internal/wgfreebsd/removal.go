package wgfreebsd

import (
	"context"
	"io"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// What is known about the removal of single allowed IPs. Kernels before 14.4 and 15.0
// ignore the flag for it and add the prefix.
const (
	removalUnknown = iota
	removalSupported
	removalUnsupported
)

// remove applies removals, a part of a change.
func (w *writer) remove(ctx context.Context, removals wgtypes.Config) error {
	if len(removals.Peers) == 0 {
		return nil // they were for absent peers
	}
	known := w.d.b.removal.Load()
	if known == removalUnknown {
		var err error
		if known, err = w.probe(ctx); err != nil {
			return err
		}
		if known == removalUnknown {
			return nil // the device has no peers
		}
		w.d.b.removal.Store(known)
	}
	_, err := wginternal.Remover{
		Unsupported: known == removalUnsupported,
		Send:        w.send,
		IsRefusal:   func(err error) bool { return isErrno(err, syscall.EOPNOTSUPP) },
		CleanUp:     w.send,
		Read:        w.d.readAll,
	}.Remove(ctx, removals)
	return err
}

// probe finds out whether this kernel can remove single allowed IPs. It needs a peer that
// exists, because an old kernel adds one that does not, and a peer other than the
// device itself, which every kernel skips. It returns removalUnknown if the device has
// no peers.
func (w *writer) probe(ctx context.Context) (int32, error) {
	k, err := w.firstPeer(ctx)
	if err == io.EOF {
		return removalUnknown, nil
	}
	if err != nil {
		return removalUnknown, err
	}
	_, err = w.d.b.call(ctx, w.d.b.layout.set, w.d.ref.Name, appendProbe(nil, k))
	switch {
	case err == nil:
		return removalUnsupported, nil
	case isErrno(err, syscall.EOPNOTSUPP):
		return removalSupported, nil
	}
	return removalUnknown, explain("SIOCSWG", w.d.ref.Name, err)
}

// firstPeer returns the key of a peer, or io.EOF if the device has none.
func (w *writer) firstPeer(ctx context.Context) (wgtypes.PublicKey, error) {
	r, err := w.d.Read(ctx)
	if err != nil {
		return wgtypes.PublicKey{}, err
	}
	defer r.Close()
	var p wgtypes.Peer
	err = r.Next(&p)
	return p.PublicKey, err
}
