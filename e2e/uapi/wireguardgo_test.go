package uapi_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// FuzzAgainstWireguardGo gives the text of a set request to ParseSet and to
// wireguard-go. Both must reject a text or get the same result from it, unless
// docs/security.md lists it.
func FuzzAgainstWireguardGo(f *testing.F) {
	if !wireguardgo.Supported {
		f.Skip("wireguard-go does not run here")
	}
	for seed := range uint64(20) {
		c := testutil.RandomConfig(random(seed), nil, testutil.RandomOptions{MaxPeers: 3, MaxAllowedIPs: 3, Unnormalized: true})
		f.Add(strings.TrimPrefix(string(uapi.AppendSet(nil, c)), "set=1\n"))
	}
	const peer = "public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\n"
	for _, body := range []string{
		"fwmark=007\nfwmark=8\n", "listen_port=+1\n", "listen_port=1_0\n", "fwmark=0x1\n", "replace_peers=TRUE\n", "hello=1\n", "=1\n", "x\n",
		peer + "endpoint=1.2.3.4:05\n", peer + "endpoint=[::ffff:1.2.3.4]:5\n", peer + "endpoint=[fe80::1%a=b]:5\n", peer + "endpoint=1.2.3.4\n",
		peer + "allowed_ip=10.0.0.1/8\n", peer + "allowed_ip=1.2.3.4\n", peer + "allowed_ip=::ffff:1.2.3.4/100\n", peer + "allowed_ip=1.2.3.4/08\n",
		peer + "allowed_ip=+10.0.0.0/8\n", peer + "allowed_ip=--10.0.0.0/8\n", peer + "allowed_ip=fe80::1%eth0/64\n",
		peer + "persistent_keepalive_interval=off\n", peer + "protocol_version=2\n", peer + "fwmark=1\n", peer + "remove=true\nallowed_ip=x\n",
		strings.ToUpper(peer[len("public_key="):]), peer + peer, "fwmark=1\r\n", peer + "endpoint=[fe80::1%\x01]:5\n",
	} {
		f.Add(body)
	}
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Bind: wireguardgo.Offline()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { dev.Close() })
	f.Fuzz(func(t *testing.T, body string) {
		// wireguard-go accepts a text without an empty line at its end, ParseSet
		// does not.
		body, _, _ = strings.Cut("\n"+body, "\n\n")
		body = strings.TrimPrefix(body+"\n\n", "\n")
		if listed(body) {
			return
		}
		c, err := uapi.ParseSet(strings.NewReader(body))
		before := start(t, dev)
		theirs := dev.IpcSetOperation(strings.NewReader(body))
		if (err == nil) != (theirs == nil) {
			t.Fatalf("ParseSet(%q) = %v, want an error if and only if wireguard-go fails; it returns %v", body, err, theirs)
		}
		if err != nil || !isCanonical(body) || c.Validate() != nil {
			return
		}
		said := get(t, dev)
		start(t, dev)
		set(t, dev, wginternal.Normalize(c))
		understood := get(t, dev)
		understood.ListenPort, said.ListenPort = before.ListenPort, before.ListenPort // chosen by wireguard-go
		if diff := cmp.Diff(settled(said), settled(understood), equal); diff != "" {
			t.Errorf("the device after %q, by wireguard-go and by ParseSet (-want +got):\n%s", body, diff)
		}
	})
}

// start configures the device with a key, two peers and a port, and returns its
// state.
func start(t *testing.T, dev uapi.Device) *wgtypes.Device {
	t.Helper()
	set(t, dev, wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48))), ListenPort: new(uint16(1)), FirewallMark: new(uint32), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{PublicKey: someKey, AllowedIPs: prefixes("10.0.0.0/8", "fd00::/8")}, {PublicKey: otherKey, AllowedIPs: prefixes("0.0.0.0/0")},
		},
	})
	return get(t, dev)
}

// listed reports whether docs/security.md lists the reason for which ParseSet and
// wireguard-go may differ in a body.
func listed(body string) bool {
	// wireguard-go accepts a carriage return at the end of a line and control
	// bytes in a zone, and its body lacks the first line of a request.
	isControl := func(r rune) bool { return r != '\n' && (r < 0x20 || r == 0x7f) }
	return strings.ContainsFunc(body, isControl) || strings.HasPrefix(body, "set=")
}

// isCanonical reports whether the keys of a body have the order of AppendSet, and
// whether each except allowed_ip occurs once for a device or peer. wireguard-go
// applies each line when it reads it, so that another order may have another
// meaning.
func isCanonical(body string) bool {
	order := []string{
		"private_key", "listen_port", "fwmark", "replace_peers", "public_key", "remove", "update_only", "preshared_key", "endpoint",
		"persistent_keepalive_interval", "replace_allowed_ips", "-", "allowed_ip", "protocol_version",
	}
	last := -1
	for line := range strings.Lines(body) {
		key, value, _ := strings.Cut(line, "=")
		if key == "allowed_ip" && strings.HasPrefix(value, "-") {
			key = "-"
		}
		at := slices.Index(order, key)
		repeats := at == last && (key == "-" || key == "allowed_ip")
		if key != "public_key" && at <= last && !repeats {
			return line == "\n"
		}
		last = at
	}
	return true
}

// TestWireguardGoReplies checks that AppendDevice writes a reply of the same
// length as wireguard-go.
func TestWireguardGoReplies(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Bind: wireguardgo.Offline()})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	start(t, dev)
	var reply bytes.Buffer
	if err := dev.IpcGetOperation(&reply); err != nil {
		t.Fatal(err)
	}
	reply.Write(uapi.AppendErrno(nil, 0))
	d := get(t, dev)
	if again := uapi.AppendDevice(nil, d); len(again) != reply.Len() {
		t.Errorf("AppendDevice writes %d bytes, want %d as wireguard-go:\n%s\n%s", len(again), reply.Len(), again, reply.String())
	}
}
