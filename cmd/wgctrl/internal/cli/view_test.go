package cli

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestViewAll checks that all fields with keys are the JSON form of the device.
func TestViewAll(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		d := wgtest.RandomDevice(rand.New(rand.NewPCG(seed, 1)), wgtest.GenOptions{})
		if seed%10 == 0 {
			d.Name = `a<b>&"\{[,:` + "\x01é\u2028"
		}
		want, err := wgtypes.WithSecrets(d).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := view(d, fieldAll, true); err != nil || string(got) != string(want) {
			t.Errorf("view(device of seed %d) = %s, %v, want %s", seed, got, err, want)
		}
	}
}

func TestViewFields(t *testing.T) {
	t.Parallel()
	const zero = `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`
	const head = `{"name":"wg0","kind":"kernel","index":3`
	const peer = `,"peers":[{"public_key":` + zero
	d := &wgtypes.Device{
		Name: "wg0", Index: 3, Kind: wgtypes.KindKernel, PrivateKey: wgtypes.NewPrivateKey([32]byte{1}), ListenPort: 5,
		Peers: []wgtypes.Peer{{PresharedKey: wgtypes.NewPresharedKey([32]byte{1}), ReceiveBytes: 7}},
	}
	for _, test := range []struct {
		field string
		keys  bool
		want  string
	}{
		{"private-key", false, head + `,"private_key":"(hidden)"}`},
		{"private-key", true, head + `,"private_key":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`},
		{"public-key", false, head + `}`},
		{"listen-port", false, head + `,"listen_port":5}`},
		{"fwmark", false, head + `,"firewall_mark":0}`},
		{"peers", false, head + peer + `}]}`},
		{"preshared-keys", false, head + peer + `,"preshared_key":"(hidden)"}]}`},
		{"endpoints", false, head + peer + `}]}`},
		{"allowed-ips", false, head + peer + `,"allowed_ips":[]}]}`},
		{"latest-handshakes", false, head + peer + `}]}`},
		{"transfer", false, head + peer + `,"receive_bytes":7,"transmit_bytes":0}]}`},
		{"persistent-keepalive", false, head + peer + `,"persistent_keepalive":0}]}`},
	} {
		show, ok := fieldOf(test.field)
		if !ok {
			t.Fatalf("fieldOf(%q) reports false, want true", test.field)
		}
		got, err := view(d, show, test.keys)
		if err != nil || string(got) != test.want {
			t.Errorf("view(%s, keys %t) = %s, %v, want %s", test.field, test.keys, got, err, test.want)
		}
		if !json.Valid(got) {
			t.Errorf("view(%s, keys %t) = %s, want valid JSON", test.field, test.keys, got)
		}
	}
	if got, err := view(new(wgtypes.Device), fieldPeers, false); string(got) != `{"name":"","kind":"unknown","peers":[]}` {
		t.Errorf("view(zero device, peers) = %s, %v, want an empty list", got, err)
	}
}

// TestWriteJSON checks that JSON is indented, and that only characters which a
// terminal does not show are escaped.
func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := writeJSON(&out, json.RawMessage(`{"name":"<a>&\u0022\u009b日"}`)); err != nil {
		t.Fatal(err)
	}
	if want := "{\n  \"name\": \"<a>&\\u0022\\u009b日\"\n}\n"; out.String() != want {
		t.Errorf("writeJSON writes %q, want %q", out.String(), want)
	}
}
