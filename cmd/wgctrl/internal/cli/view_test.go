package cli

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// view returns the compact form of what a viewer writes of a device, without line breaks.
func view(d *wgtypes.Device, show field, keys bool, names fileNames) (json.RawMessage, error) {
	var text, compact bytes.Buffer
	v := viewer{show: show, keys: keys, peers: peerView{names: names}}
	if err := v.writeDevice(&text, d); err != nil {
		return nil, err
	}
	err := json.Compact(&compact, text.Bytes())
	return compact.Bytes(), err
}

// TestViewAll checks that all fields with keys are the JSON form of the device.
func TestViewAll(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		o := wgtest.RandomOptions{}
		if seed%3 == 0 {
			o.Amnezia = wgtypes.AmneziaV31
		}
		d := wgtest.RandomDevice(rand.New(rand.NewPCG(seed, 1)), o)
		if seed%10 == 0 {
			d.Name = `a<b>&"\{[,:` + "\x01é\u2028"
		}
		want, err := wgtypes.WithSecrets(d).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := view(d, fieldAll, true, fileNames{}); err != nil || string(got) != string(want) {
			t.Errorf("view(device of seed %d) = %s, %v, want %s", seed, got, err, want)
		}
	}
}

// TestViewAmnezia checks which parameters a field shows, and that the key is hidden.
func TestViewAmnezia(t *testing.T) {
	t.Parallel()
	a := wgtypes.DefaultAmnezia()
	a.Version, a.Jc, a.HeaderProtectionKey = wgtypes.AmneziaV30, 4, wgtypes.NewHeaderProtectionKey([32]byte{1})
	a.UnknownKeys = []string{"j9"}
	d := &wgtypes.Device{Name: "awg0", Kind: wgtypes.KindAmneziaUserspace, Amnezia: &a}
	const head = `{"name":"awg0","kind":"amneziawg-userspace"`
	for _, test := range []struct {
		field string
		keys  bool
		want  string
	}{
		{"jc", false, head + `,"amnezia":{"version":"3.0","jc":4}}`},
		{"jmin", false, head + `,"amnezia":{"version":"3.0"}}`},
		{"h4", false, head + `,"amnezia":{"version":"3.0","h4":"4"}}`},
		{"header-protection-key", false, head + `,"amnezia":{"version":"3.0","header_protection_key":"(hidden)"}}`},
		{"header-protection-key", true, head + `,"amnezia":{"version":"3.0","header_protection_key":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`},
		{"listen-port", false, head + `,"listen_port":0}`},
		{"dump", false, head + `,"listen_port":0,"firewall_mark":0,"amnezia":{"version":"3.0","jc":4,"h1":"1","h2":"2","h3":"3","h4":"4",` +
			`"header_protection_key":"(hidden)","unknown_keys":["j9"]},"peers":[]}`},
	} {
		show, ok := fieldOf(test.field)
		if !ok {
			t.Fatalf("fieldOf(%q) reports false, want true", test.field)
		}
		if got, err := view(d, show, test.keys, fileNames{}); err != nil || string(got) != test.want {
			t.Errorf("view(%s, keys %t) = %s, %v, want %s", test.field, test.keys, got, err, test.want)
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
		got, err := view(d, show, test.keys, fileNames{})
		if err != nil || string(got) != test.want {
			t.Errorf("view(%s, keys %t) = %s, %v, want %s", test.field, test.keys, got, err, test.want)
		}
		if !json.Valid(got) {
			t.Errorf("view(%s, keys %t) = %s, want valid JSON", test.field, test.keys, got)
		}
	}
	if got, err := view(new(wgtypes.Device), fieldPeers, false, fileNames{}); string(got) != `{"name":"","kind":"unknown","peers":[]}` {
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
