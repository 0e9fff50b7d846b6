package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// explain reports an error of the library, and what can be done about it.
func (p places) explain(ctx context.Context, w io.Writer, err error) {
	report(w, err)
	var partial *wgctrl.PartialError
	if errors.As(err, &partial) {
		writePartial(w, partial)
	}
	var op *wgctrl.OpError
	errors.As(err, &op)
	switch {
	case errors.Is(err, fs.ErrNotExist) && op != nil && op.Device != "":
		p.hintNames(ctx, w, op.Device)
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintln(w, "  hint: run it as root, such as with sudo")
	case errors.Is(err, errors.ErrUnsupported) && op != nil && op.Kind == wgtypes.KindKernel:
		fmt.Fprintf(w, "  hint: of the kernel: %s\n", kernelPlace())
	}
}

// writePartial says how far a change came that failed half-way.
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

// summary says what a Config changes, on one line; "" for nothing.
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
		parts = append(parts, "the removal of all earlier peers")
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

// hintNames suggests the device with the most similar name, or lists the devices.
func (p places) hintNames(ctx context.Context, w io.Writer, name string) {
	names, err := p.deviceNames(ctx)
	if err != nil || len(names) == 0 {
		return
	}
	writeHint(w, name, names)
}

func writeHint(w io.Writer, name string, names []string) {
	hint := "there are " + shortened(names, 8)
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	fmt.Fprintf(w, "  hint: %s\n", termtext.Clean(hint))
}

// nearest returns the most similar of names by the rules for misspelled commands,
// or "" if none is similar.
func nearest(name string, names []string) string {
	c := new(cobra.Command)
	for _, n := range names {
		c.AddCommand(&cobra.Command{Use: n, Run: func(*cobra.Command, []string) {}}) // only commands that run are suggested
	}
	for c.SuggestionsMinimumDistance = 1; c.SuggestionsMinimumDistance <= 2; c.SuggestionsMinimumDistance++ {
		if near := c.SuggestionsFor(name); len(near) > 0 {
			return near[0]
		}
	}
	return ""
}

// shortened joins at most n names.
func shortened(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:n], ", ") + ", ..."
}

// deviceNames returns the names of the devices that can be found, each once.
func (p places) deviceNames(ctx context.Context) ([]string, error) {
	var names []string
	err := p.use(func(c *wgctrl.Client) error {
		refs, err := c.List(ctx)
		for _, ref := range refs {
			names = append(names, ref.Name)
		}
		return err
	})
	slices.Sort(names)
	return slices.Compact(names), err
}
