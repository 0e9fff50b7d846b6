package wgcommand

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgconf"
)

// noNames is a Resolver that finds no name.
type noNames struct{}

func (noNames) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{IsNotFound: true}
}

// FuzzFile checks that parseFile returns the same settings as
// wgconf.File.Settings. wg accepts some files that Settings refuses because they have
// another format, such as a NUL byte.
func FuzzFile(f *testing.F) {
	const key = "ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE="
	for _, text := range []string{
		"", "[Interface]\nPrivateKey = " + key + "\nListenPort = 5\nFwMark = 0x7\n[Peer]\nPublicKey = " + key + "\nPresharedKey = " + key +
			"\nAllowedIPs = 10.0.0.1/8, -::/0, +::/0\nAllowedIPs = 192.0.2.1\nEndpoint = [2001:db8::1]:5\nPersistentKeepalive = off\n",
		"[peer]\nallowedips = -::/0\npublickey=" + key + "\n[PEER]#x\nPublicKey=" + key + "\n[Interface]\nfwmark = off",
		"[Interface]\nListenPort = 65536", "[Interface]\nListenPort = +5", "[Peer]\nEndpoint = name:5\nPublicKey=" + key, "[Peer]\n",
		"[Interface]\nListenPort =\n", "[x]\n", "\ufeff[Interface]\n", "[Interface]\nFwMark=5\x00#\n", "\x00",
		"[Peer]\nEndpoin\v\vt = name:5\nPublicKey=" + key,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &command{ctx: t.Context(), env: &Env{
			Err: io.Discard, Resolver: noNames{},
			LookupEnv: func(string) (string, bool) { return "0", true }, // no retries, which would take minutes
		}}
		ch, err := c.parseFile(text)
		ok := err == nil && ch.hasPublicKeys()
		settings, settingsErr := wgconf.Parse("", text).Settings(wgconf.DialectWG)
		if ok && settingsErr != nil && !errors.Is(settingsErr, wgconf.ErrOtherFormat) && !bytes.ContainsAny(text, "+-") {
			t.Fatalf("parseFile(%q) succeeded, want an error as from Settings: %v", text, settingsErr)
		}
		if !ok && settingsErr == nil && !hasEndpoint(text) {
			t.Fatalf("parseFile(%q) = %v, want no error, as from Settings", text, err)
		}
		if !ok || settingsErr != nil {
			return
		}
		got, err := ch.config()
		if err != nil {
			t.Fatal(err)
		}
		want, err := settings.AddConfig()
		if err != nil {
			if strings.Contains(err.Error(), "Endpoint") {
				return
			}
			t.Fatal(err)
		}
		if diff := cmp.Diff(wginternal.Normalize(want), wginternal.Normalize(got), compareOptions...); diff != "" {
			t.Errorf("config of %q (-want +got):\n%s", text, diff)
		}
	})
}

// hasEndpoint reports whether text may have a host name, which package wgconf does
// not look up.
func hasEndpoint(text []byte) bool {
	for line := range wgconf.Parse("", text).Lines(wgconf.DialectWG) {
		if line.Key == "Endpoint" {
			return true
		}
	}
	return false
}

var compareOptions = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{}),
}

// TestZeroPublicKey checks that a file may have a peer with the zero key, as for wg.
func TestZeroPublicKey(t *testing.T) {
	t.Parallel()
	c := &command{ctx: t.Context(), env: &Env{Err: io.Discard}}
	ch, err := c.parseFile([]byte("[Peer]\nPublicKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"))
	if err != nil || !ch.hasPublicKeys() {
		t.Errorf("parseFile(a peer with the zero key) = %v, all peers have keys: %t, want nil, true", err, ch.hasPublicKeys())
	}
}
