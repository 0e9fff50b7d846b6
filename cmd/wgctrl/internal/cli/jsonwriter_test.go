package cli

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestJSONWriterValue compares the indentation with that of package json.
func TestJSONWriterValue(t *testing.T) {
	t.Parallel()
	texts := []string{`{}`, `[]`, `1`, `"a"`, `null`, `[1,-2.5e3,true,null,"x"]`, `{"a":[],"b":{},"c":[{"d":1},[2]]}`,
		`["\"","\\","\\\"","a\\","\u0022[{,:]}"]`, `{"a:b,{":"}]"}`}
	for seed := range uint64(50) {
		d := wgtest.RandomDevice(rand.New(rand.NewPCG(seed, 2)), wgtest.RandomOptions{})
		text, err := wgtypes.WithSecrets(d).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, text := range texts {
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(text), "", "  "); err != nil {
			t.Fatal(err)
		}
		w := newJSONWriter(nil)
		w.value([]byte(text))
		if string(w.b) != want.String() {
			t.Errorf("value(%s) writes %s, want %s", text, w.b, &want)
		}
	}
}

// TestWriteDevices checks that a large list with keys and names decodes as the devices,
// that its indentation is that of package json, and that it is written in chunks.
func TestWriteDevices(t *testing.T) {
	t.Parallel()
	var want []*wgtypes.Device
	names := fileNames{all: make(map[wgtypes.PublicKey]string)}
	for seed := range uint64(100) {
		d := wgtest.RandomDevice(rand.New(rand.NewPCG(seed, 3)), wgtest.RandomOptions{MaxPeers: 20})
		want = append(want, d)
		for i := range d.Peers {
			names.all[d.Peers[i].PublicKey] = "a\"\\\u0600" // the last one is escaped in chunks
		}
	}
	var out chunks
	v := viewer{show: fieldAll, keys: true, peers: peerView{names: names}}
	if err := v.writeDevices(&out, want); err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, out.b, "", "  "); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.b, indented.Bytes()) {
		t.Errorf("writeDevices writes %s, want %s", out.b, &indented)
	}
	var got []*wgtypes.Device
	if err := json.Unmarshal(out.b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("writeDevices writes other devices (-want +got):\n%s", diff)
	}
	if out.n < 2 || out.longest > 2*jsonChunk {
		t.Errorf("writeDevices writes %d bytes in %d chunks of up to %d, want several of about %d", len(out.b), out.n, out.longest, jsonChunk)
	}
}

// chunks is a writer that counts writes.
type chunks struct {
	b          []byte
	n, longest int
}

func (c *chunks) Write(b []byte) (int, error) {
	c.b = append(c.b, b...)
	c.n, c.longest = c.n+1, max(c.longest, len(b))
	return len(b), nil
}

// TestWriteDevicesWithoutForm checks that devices and peers without a JSON form are
// omitted and reported, and that the output remains valid.
func TestWriteDevicesWithoutForm(t *testing.T) {
	t.Parallel()
	late := wgtypes.Peer{PublicKey: wgtypes.PublicKey{7}, LastHandshake: time.Unix(1<<40, 0)}
	devices := []*wgtypes.Device{
		{Name: "wg0", Peers: []wgtypes.Peer{late, {}}},
		{Name: "wg1", Kind: 99},
		{Name: "wg2"},
	}
	var out bytes.Buffer
	v := viewer{show: fieldPeers}
	err := v.writeDevices(&out, devices)
	for _, want := range []string{`device "wg0": peer ` + late.PublicKey.String() + ": ", "year", "99"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("writeDevices = %v, want %q in the error", err, want)
		}
	}
	var got bytes.Buffer
	if err := json.Compact(&got, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	const want = `[{"name":"wg0","kind":"unknown","peers":[{"public_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]},` +
		`{"name":"wg2","kind":"unknown","peers":[]}]`
	if got.String() != want {
		t.Errorf("writeDevices writes %s, want %s", &got, want)
	}
}
