package cli_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/cli"
)

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestOutputIsLost: what was not written was not said.
func TestOutputIsLost(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}, {"--help"}} {
		var stderr bytes.Buffer
		code := cli.Run(t.Context(), args, cli.Streams{In: new(bytes.Buffer), Out: full{}, Err: &stderr})
		if code != 1 || stderr.String() != "wgctrl: no space left\n" {
			t.Errorf("%q: exit code %d, %q", args, code, stderr.String())
		}
	}
}
