package cli

import (
	"bytes"
	"strings"
	"testing"
)

// helpOf returns what the command prints for arguments.
func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != 0 {
		t.Fatalf("Run(%q) = %d, stderr %q, want 0", args, code, errs.String())
	}
	return out.String()
}

// TestCommandAlone checks that the root has only the command that is run, under the name
// by which it was found, and that its help is the same as among all commands.
func TestCommandAlone(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		alone := newRoot([]string{c.name, "-x"}).Commands()
		if len(alone) != 1 || alone[0].Name() != c.name {
			t.Errorf("newRoot(%q) has %d commands, want only %s", c.name, len(alone), c.name)
		}
		if got, want := helpOf(t, c.name, "--help"), helpOf(t, "help", c.name); got != want {
			t.Errorf("Run(%s --help) printed\n%s\nwant that of help %s:\n%s", c.name, got, c.name, want)
		}
	}
}

// TestAllCommands checks that the root has all commands if the first argument is not one.
func TestAllCommands(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"help", "show"}, {"--timeout", "5", "show"}, {"wg0"}, {"shwo", "peer"}, {"status"}, {"__complete", "show", ""}} {
		if got, want := len(newRoot(args).Commands()), len(commands()); got != want {
			t.Errorf("newRoot(%q) has %d commands, want %d", args, got, want)
		}
	}
}
