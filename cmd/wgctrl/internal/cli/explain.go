package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// explain prints an error of the library and a hint on what to do about it.
func (cf clientFlags) explain(ctx context.Context, w io.Writer, err error) {
	report(w, err)
	var partial *wgctrl.PartialError
	if errors.As(err, &partial) {
		writePartial(w, partial)
	}
	var op *wgctrl.OpError
	errors.As(err, &op)
	switch {
	case errors.Is(err, fs.ErrNotExist) && op != nil && op.Device != "":
		cf.hintDeviceNames(ctx, w)
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintf(w, "  hint: %s\n", permissionHint(os.Geteuid()))
	case errors.Is(err, errors.ErrUnsupported) && op != nil && op.Kind == wgtypes.KindKernel:
		fmt.Fprintf(w, "  hint: %s\n", kernelStatus())
	}
}

// permissionHint returns what the user with this effective ID needs.
func permissionHint(euid int) string {
	switch euid {
	case 0:
		return "root lacks a capability here, such as CAP_NET_ADMIN in a container"
	case -1: // Windows
		return "run as administrator"
	default:
		return "run as root, for example with sudo"
	}
}

// writePartial prints which parts of a failed change were applied.
func writePartial(w io.Writer, e *wgctrl.PartialError) {
	for _, part := range []struct {
		what   string
		config wgtypes.Config
	}{{"applied", e.Applied}, {"perhaps applied", e.Unknown}, {"not sent", e.NotSent}} {
		if text := summary(part.config); text != "" {
			fmt.Fprintf(w, "  %s: %s\n", part.what, text)
		}
	}
}

// summary returns what a Config changes on one line, or "" if it is empty.
func summary(c wgtypes.Config) string {
	var parts []string
	if c.PrivateKey != nil {
		parts = append(parts, "the private key")
	}
	if c.ListenPort != nil {
		parts = append(parts, "the listening port")
	}
	if c.FirewallMark != nil {
		parts = append(parts, "the firewall mark")
	}
	if c.ReplacePeers {
		parts = append(parts, "the removal of all other peers")
	}
	switch n := len(c.Peers); n {
	case 0:
	case 1:
		parts = append(parts, "peer "+c.Peers[0].PublicKey.String())
	default:
		parts = append(parts, fmt.Sprintf("%d peers, from %s to %s", n, c.Peers[0].PublicKey, c.Peers[n-1].PublicKey))
	}
	return strings.Join(parts, "; ")
}

// hintDeviceNames prints which devices exist. It does not suggest the one with the
// most similar name: configuring that one could overwrite another tunnel.
func (cf clientFlags) hintDeviceNames(ctx context.Context, w io.Writer) {
	names, err := cf.deviceNames(ctx)
	if err != nil || len(names) == 0 {
		return
	}
	writeDeviceNames(w, names)
}

// writeDeviceNames prints at most eight names.
func writeDeviceNames(w io.Writer, names []string) {
	const most = 8
	text := strings.Join(names[:min(len(names), most)], ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(w, "  hint: existing devices: %s\n", termtext.Clean(text))
}

// deviceNames returns the sorted names of all devices, without duplicates.
func (cf clientFlags) deviceNames(ctx context.Context) ([]string, error) {
	var names []string
	err := cf.use(func(c *wgctrl.Client) error {
		refs, err := c.List(ctx)
		for _, ref := range refs {
			names = append(names, ref.Name)
		}
		return err
	})
	slices.Sort(names)
	return slices.Compact(names), err
}
