package wgwindows

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// remove removes single allowed IPs, which this driver cannot do.
func (w *writer) remove(ctx context.Context, removals wgtypes.Config) error {
	w.changed = false
	_, err := wginternal.Remover{
		Unsupported: true,
		Send:        w.send,
		CleanUp: func(ctx context.Context, c wgtypes.Config) error {
			if !w.changed {
				return nil
			}
			return w.send(ctx, c)
		},
		Read: func(ctx context.Context) (*wgtypes.Device, error) {
			r, err := w.d.read(ctx, w.h)
			if err != nil {
				return nil, err
			}
			defer r.Close()
			dev := r.Device()
			dev.Peers, err = r.Rest(nil)
			return dev, err
		},
	}.Remove(ctx, removals)
	return err
}

// removesAllowedIPs reports whether the driver certainly has the flag that removes an
// allowed IP. Older drivers add the prefix instead, and nothing else shows which driver
// is loaded. While an adapter exists, its driver stays loaded, and later adapters use
// it even if a newer one was installed meanwhile. So all adapters must have a new
// version.
func removesAllowedIPs(adapters []Adapter) bool {
	return !slices.ContainsFunc(adapters, func(a Adapter) bool { return !hasRemovalFlag(a.Version) })
}

// hasRemovalFlag reports whether a version, such as "0.10.1", is 0.11 or newer. It is
// false for a malformed version.
func hasRemovalFlag(version string) bool {
	var numbers []uint64
	for text := range strings.SplitSeq(version, ".") {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return false
		}
		numbers = append(numbers, n)
	}
	return len(numbers) >= 2 && slices.Compare(numbers, []uint64{0, 11}) >= 0
}
