package quick

import "testing"

// WG_CONFIG has one line feed at its end, as in wg-quick.
func TestTunnelHooks(t *testing.T) {
	t.Parallel()
	tunnel := parseTunnel(t, "[Interface]\nListenPort = 1\nPostUp = x\n")
	const want = "[Interface]\nListenPort = 1\n"
	if got := tunnelHooks(tunnel, new(Options)).Config; got != want {
		t.Errorf("Config = %q, want %q", got, want)
	}
}
