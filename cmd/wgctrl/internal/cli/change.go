package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// writeChange writes what a change does to a device that was read, with the
// names of peers. Secrets are not shown.
func writeChange(out io.Writer, have *wgtypes.Device, change wgtypes.Config, names map[wgtypes.PublicKey]string) {
	w := bufio.NewWriter(out)
	defer w.Flush()
	text := wgtypes.AppendChange(nil, have, change, func(key wgtypes.PublicKey) string { return names[key] })
	device := termtext.Clean(have.Name)
	if len(text) == 0 {
		fmt.Fprintf(w, "%s: nothing to change\n", device)
		return
	}
	fmt.Fprintf(w, "%s:\n", device)
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(w, "  %s\n", termtext.Clean(strings.TrimSuffix(line, "\n")))
	}
}
