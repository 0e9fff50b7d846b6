package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// signColour returns the escape sequence for the sign with which a line of a change
// begins, or "".
func signColour(sign byte) string {
	switch sign {
	case '+':
		return "\x1b[32m"
	case '-':
		return "\x1b[31m"
	case '~':
		return "\x1b[33m"
	}
	return ""
}

// writeChange writes what a change does to a device that was read, with the
// names of peers. Secrets are not shown.
func writeChange(out io.Writer, have *wgtypes.Device, change wgtypes.Config, name func(wgtypes.PublicKey) string) {
	w := bufio.NewWriter(out)
	defer w.Flush()
	text := wgtypes.AppendChange(nil, have, change, name)
	device := termtext.Clean(have.Name)
	if len(text) == 0 {
		fmt.Fprintf(w, "%s: nothing to change\n", device)
		return
	}
	colours := usesColours(out)
	fmt.Fprintf(w, "%s:\n", device)
	for line := range strings.Lines(string(text)) {
		line = termtext.Clean(strings.TrimSuffix(line, "\n"))
		if colour := signColour(strings.TrimLeft(line, " ")[0]); colours && colour != "" {
			line = colour + line + "\x1b[0m"
		}
		fmt.Fprintf(w, "  %s\n", line)
	}
}
