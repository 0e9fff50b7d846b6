package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpWidth checks that no line of a description is wider than a terminal with 88
// columns.
func TestHelpWidth(t *testing.T) {
	t.Parallel()
	const most = 88
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Long) {
			if got := len(strings.TrimSuffix(line, "\n")); got > most {
				t.Errorf("help of %q has a line of %d characters, want at most %d: %s", nameOf(cmd), got, most, line)
			}
		}
		for _, sub := range cmd.Commands() {
			check(sub)
		}
	}
	check(newRoot(nil))
}
