package quick

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// WG_CONFIG has one line feed at its end, as in wg-quick.
func TestTunnelHooks(t *testing.T) {
	t.Parallel()
	tunnel := parseTunnel(t, "[Interface]\nListenPort = 1\nPostUp = x\n")
	const want = "[Interface]\nListenPort = 1\n"
	if got := tunnelHooks(tunnel, new(Options)).Config; got != want {
		t.Errorf("Config = %q, want %q", got, want)
	}
}

// The kernel is the cause if it has no WireGuard and the program is missing, too.
func TestNoProgramError(t *testing.T) {
	t.Parallel()
	missing := &exec.Error{Name: "wireguard-go", Err: exec.ErrNotFound}
	err := noProgramError(errors.ErrUnsupported, missing)
	if !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "wireguard-go") {
		t.Errorf("noProgramError(ErrUnsupported, %v) = %v, want ErrUnsupported with the name of the program", missing, err)
	}
}
