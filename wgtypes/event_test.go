package wgtypes_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// texts compares errors by their texts, which is all that JSON keeps of them.
var texts = cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })

// ofDevice and ofPeer return events about a device and a peer with every field set.
func ofDevice(t testing.TB) wgtypes.Event {
	d := filled[wgtypes.Device](t)
	other := d
	other.Name, other.ListenPort = "wg1", 9
	return wgtypes.Event{
		Time: time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC), Kind: wgtypes.EventDeviceChanged,
		Device: wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}, OldDevice: &other, NewDevice: &d, Err: fs.ErrPermission,
	}
}

func ofPeer(t testing.TB) wgtypes.Event {
	e := ofDevice(t)
	p := filled[wgtypes.Peer](t)
	other := p
	other.ReceiveBytes, other.AllowedIPs = 0, nil
	e.Kind, e.OldDevice, e.NewDevice, e.OldPeer, e.NewPeer = wgtypes.EventPeerChanged, nil, nil, &other, &p
	return e
}

// allFields are all fields that an event can name.
var allFields = []wgtypes.Field{
	wgtypes.FieldName, wgtypes.FieldPrivateKey, wgtypes.FieldPublicKey, wgtypes.FieldListenPort, wgtypes.FieldFirewallMark, wgtypes.FieldAmnezia,
	wgtypes.FieldPresharedKey, wgtypes.FieldEndpoint, wgtypes.FieldPersistentKeepalive, wgtypes.FieldPersistentKeepaliveMax, wgtypes.FieldLastHandshake,
	wgtypes.FieldReceiveBytes, wgtypes.FieldTransmitBytes, wgtypes.FieldAllowedIPs, wgtypes.FieldProtocolVersion,
}

// TestEventFields checks that the JSON of an event contains each field that it
// names, under the name in the JSON of a Device or Peer, except for secrets.
func TestEventFields(t *testing.T) {
	t.Parallel()
	inJSON := make(map[string]bool)
	for _, v := range []any{filled[wgtypes.Device](t), filled[wgtypes.Peer](t)} {
		text := encode(t, v, "")
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
		for name := range object {
			inJSON[name] = true
		}
	}
	for _, f := range allFields {
		if !inJSON[string(f)] {
			t.Errorf("%s is not in the JSON of a device or peer, want it there", f)
		}
		delete(inJSON, string(f))
		told := false
		for _, e := range []wgtypes.Event{ofDevice(t), ofPeer(t)} {
			e.Changed = []wgtypes.Field{f}
			text, err := json.Marshal(e)
			told = told || err == nil && strings.Contains(string(text), fmt.Sprintf(`"new":{"%s":`, f))
		}
		if secret := f == wgtypes.FieldPrivateKey || f == wgtypes.FieldPresharedKey; told == secret {
			t.Errorf("%s is in the JSON of an event: %t, want %t", f, told, !secret)
		}
	}
	for _, name := range []string{"kind", "index", "peers"} { // no event names these
		delete(inJSON, name)
	}
	if len(inJSON) > 0 {
		t.Errorf("no Field has the names %v, want one for each", inJSON)
	}
}

// TestEventJSON checks that decoding the JSON of an event returns the event.
func TestEventJSON(t *testing.T) {
	t.Parallel()
	bare := func(e wgtypes.Event) wgtypes.Event {
		for _, d := range []*wgtypes.Device{e.OldDevice, e.NewDevice} {
			if d != nil {
				d.PrivateKey, d.Peers = wgtypes.PrivateKey{}, nil
				d.Amnezia = d.Amnezia.Clone()
				d.Amnezia.HeaderProtectionKey = wgtypes.HeaderProtectionKey{}
			}
		}
		for _, p := range []*wgtypes.Peer{e.OldPeer, e.NewPeer} {
			if p != nil {
				p.PresharedKey = wgtypes.PresharedKey{}
			}
		}
		return e
	}
	for name, e := range map[string]wgtypes.Event{
		"zero":     {},
		"ready":    {Kind: wgtypes.EventReady, Time: time.Unix(1, 1).UTC()},
		"device":   bare(ofDevice(t)),
		"peer":     bare(ofPeer(t)),
		"zero key": {Kind: wgtypes.EventPeerAdded, NewPeer: new(wgtypes.Peer)},
	} {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var got wgtypes.Event
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got, values, texts); diff != "" {
			t.Errorf("%s: (-want +got)\n%s\n%s", name, diff, text)
		}
		if nullValue.Match(text) {
			t.Errorf("%s: json.Marshal = %s, want no null", name, text)
		}
	}
	for field := range reflect.TypeFor[wgtypes.Event]().Fields() {
		whole, zero := ofPeer(t), wgtypes.Event{}
		if strings.HasSuffix(field.Name, "Device") {
			whole = ofDevice(t)
		}
		whole.Changed = allFields
		reflect.ValueOf(&zero).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(whole).FieldByIndex(field.Index))
		text, err := json.Marshal(zero)
		if err != nil || string(text) == `{"kind":"unknown"}` {
			t.Errorf("json.Marshal(event with %s) = %s, %v, want more than for the zero event", field.Name, text, err)
		}
		if fmt.Sprint(zero.LogValue()) == fmt.Sprint(wgtypes.Event{}.LogValue()) {
			t.Errorf("LogValue() with %s = %v, want more than for the zero event", field.Name, zero.LogValue())
		}
	}
}

// TestEventForms checks the JSON and log forms.
func TestEventForms(t *testing.T) {
	t.Parallel()
	roamed := ofPeer(t)
	roamed.Kind, roamed.Changed, roamed.Err = wgtypes.EventEndpoint, []wgtypes.Field{wgtypes.FieldEndpoint}, nil
	renamed := ofDevice(t)
	renamed.Kind, renamed.Changed, renamed.Err = wgtypes.EventDeviceRenamed, []wgtypes.Field{wgtypes.FieldName}, nil
	const head = `{"time":"2026-02-03T04:05:06.000000007Z","kind":"`
	const logHead = " time=2026-02-03 04:05:06.000000007 +0000 UTC device=[name=wg0 kind=userspace index=7]"
	for _, test := range []struct {
		event     wgtypes.Event
		json, log string
	}{
		{
			roamed,
			head + `endpoint","device":{"name":"wg0","kind":"userspace","index":7},"peer":"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",` +
				`"changed":["endpoint"],"old":{"endpoint":"[fe80::1%7]:51820"},"new":{"endpoint":"[fe80::1%7]:51820"}}`,
			"[kind=endpoint" + logHead + " peer=AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= changed=[endpoint]" +
				" old=[endpoint=[fe80::1%7]:51820] new=[endpoint=[fe80::1%7]:51820]]",
		},
		{
			renamed,
			head + `device-renamed","device":{"name":"wg0","kind":"userspace","index":7},"changed":["name"],"old":{"name":"wg1"},"new":{"name":"wg0"}}`,
			"[kind=device-renamed" + logHead + " changed=[name] old=[name=wg1] new=[name=wg0]]",
		},
		{
			wgtypes.Event{Kind: wgtypes.EventUnreadable, Device: wgtypes.DeviceRef{Kind: wgtypes.KindKernel}, Err: errors.New("no")},
			`{"kind":"unreadable","device":{"name":"","kind":"kernel"},"error":"no"}`,
			"[kind=unreadable device=[name= kind=kernel] error=no]",
		},
	} {
		text, err := json.Marshal(test.event)
		if err != nil || string(text) != test.json {
			t.Errorf("json.Marshal(%v event) =\n%s, %v, want\n%s", test.event.Kind, text, err, test.json)
		}
		if got := test.event.LogValue().String(); got != test.log {
			t.Errorf("LogValue() of a %v event =\n%s, want\n%s", test.event.Kind, got, test.log)
		}
	}
}

// TestEventsHideSecrets checks that the JSON and log forms of an event omit secrets
// that its devices and peers contain.
func TestEventsHideSecrets(t *testing.T) {
	t.Parallel()
	for _, e := range []wgtypes.Event{ofDevice(t), ofPeer(t), filled[wgtypes.Event](t)} {
		for _, changed := range [][]wgtypes.Field{nil, allFields} {
			e.Changed = changed
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			slog.New(slog.NewTextHandler(&b, nil)).Info("m", "event", e)
			slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "event", &e, slog.Group("g", slog.Any("e", e)))
			if f := testutil.FindSecret(b.String() + string(text)); f != "" {
				t.Errorf("%v logs as %s and marshals as %s, want no secret, got it as %s", e.Kind, b.String(), text, f)
			}
		}
	}
}

// TestEventInvalid checks that values that JSON cannot represent are errors, in each
// part of an event.
func TestEventInvalid(t *testing.T) {
	t.Parallel()
	d, p := &wgtypes.Device{ListenPort: 1}, &wgtypes.Peer{PersistentKeepalive: -1}
	for _, e := range []wgtypes.Event{
		{OldPeer: p}, {NewPeer: p}, {OldPeer: p, NewPeer: &wgtypes.Peer{}}, {OldPeer: &wgtypes.Peer{}, NewPeer: p}, {Kind: 200},
		{NewDevice: d, Device: wgtypes.DeviceRef{Kind: 200}},
	} {
		if text, err := json.Marshal(e); err == nil {
			t.Errorf("json.Marshal(%+v) = %s, want an error", e, text)
		}
	}
	for _, text := range []string{
		`{"kind":"ready","time":"9999-12-31T23:59:59-00:01"}`, `{"kind":"ready","time":5}`, `{"kind":"none"}`, `{"peer":"x"}`, `[]`,
		`{"old":{"listen_port":-1}}`, `{"new":{"endpoint":"x"}}`, `{"old":5}`, `{"new":[]}`, `{"changed":"name"}`,
	} {
		e := wgtypes.Event{Kind: wgtypes.EventReady}
		if err := json.Unmarshal([]byte(text), &e); err == nil || e.Kind != wgtypes.EventReady || e.NewDevice != nil {
			t.Errorf("json.Unmarshal(%s) = %v and sets %+v, want an error and no change", text, err, e)
		}
	}
}

// TestEventDecodesNoSecret checks that a decoded event has no secret, even if the text
// has one.
func TestEventDecodesNoSecret(t *testing.T) {
	t.Parallel()
	key, err := wgtypes.NewPrivateKey(secretBytes).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	public := goldenPublicKey.String()
	for _, text := range []string{
		`{"kind":"device-changed","device":{"name":"wg0","kind":"kernel"},"new":{"private_key":"` + string(key) + `","peers":[{"preshared_key":"` + string(key) + `"}]}}`,
		`{"kind":"device-changed","device":{"name":"wg0","kind":"kernel"},"new":{"amnezia":{"version":"3.1","header_protection_key":"` + string(key) + `"}}}`,
		`{"kind":"peer-changed","device":{"name":"wg0","kind":"kernel"},"peer":"` + public + `","old":{"preshared_key":"` + string(key) + `"},"new":{}}`,
	} {
		var e wgtypes.Event
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatalf("json.Unmarshal(%s) = %v, want nil", text, err)
		}
		if d := e.NewDevice; d != nil && (!d.PrivateKey.IsZero() || d.Peers != nil || d.Name != "wg0" || d.Kind != wgtypes.KindKernel) {
			t.Errorf("json.Unmarshal(%s) has the device %+v, want wg0 without key and peers", text, d)
		}
		if d := e.NewDevice; d != nil && d.Amnezia != nil && (!d.Amnezia.HeaderProtectionKey.IsZero() || d.Amnezia.Version != wgtypes.AmneziaV31) {
			t.Errorf("json.Unmarshal(%s) has %+v, want version 3.1 without key", text, d.Amnezia)
		}
		if p := e.OldPeer; p != nil && (!p.PresharedKey.IsZero() || p.PublicKey != goldenPublicKey) {
			t.Errorf("json.Unmarshal(%s) has the peer %+v, want the public key only", text, p)
		}
		if (e.NewDevice == nil) == (e.OldPeer == nil) {
			t.Errorf("json.Unmarshal(%s) = %+v, want either a device or a peer", text, e)
		}
	}
}

// FuzzEventJSON checks that a decoded event can be encoded, and that decoding and
// encoding it again returns the same text.
func FuzzEventJSON(f *testing.F) {
	for _, e := range []wgtypes.Event{ofDevice(f), ofPeer(f), {}} {
		text, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"kind":"ready","old":{"name":"x"},"new":{},"changed":["other","name"]}`))
	f.Add([]byte(`{"kind":"ready","peer":"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","new":{"allowed_ips":["::/0"]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var e, again wgtypes.Event
		if json.Unmarshal(text, &e) != nil {
			return
		}
		first, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("json.Marshal(event of %s) = %v, want nil", text, err)
		}
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("json.Unmarshal(%s) = %v, want nil", first, err)
		}
		second, err := json.Marshal(again)
		if err != nil || string(first) != string(second) {
			t.Fatalf("encoding again = %s, %v, want %s", second, err, first)
		}
	})
}

func TestEventRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"kind":"none"}`, `{"kind":7}`, `{"kind":"ready","peer":"AQ=="}`, `{"kind":"ready","new":{"persistent_keepalive":-1}}`,
		`{"kind":"ready","new":{"allowed_ips":["10.0.0.0/33"]}}`, `{"kind":"ready","new":{"allowed_ips":[""]}}`,
		`{"time":"0000-01-01T00:00:00+01:00","kind":"ready"}`, `{"kind":"ready","new":{"last_handshake":"0000-01-01T00:00:00+01:00"}}`,
		`[]`,
	} {
		e := wgtypes.Event{Kind: wgtypes.EventReady}
		if err := json.Unmarshal([]byte(text), &e); err == nil || !reflect.DeepEqual(e, wgtypes.Event{Kind: wgtypes.EventReady}) {
			t.Errorf("json.Unmarshal(%s) = %+v, %v, want an error and no change", text, e, err)
		}
	}
	if _, err := json.Marshal(wgtypes.EventKind(200)); err == nil {
		t.Error("json.Marshal(EventKind(200)) = nil error, want one")
	}
	if got := wgtypes.EventKind(200).String(); got != "EventKind(200)" {
		t.Errorf("EventKind(200).String() = %q, want EventKind(200)", got)
	}
	for k := range wgtypes.EventReady + 1 {
		text, err := k.MarshalText()
		var again wgtypes.EventKind
		if err != nil || again.UnmarshalText(text) != nil || again != k {
			t.Errorf("MarshalText(%v) = %q, %v, which decodes as %v, want %v", k, text, err, again, k)
		}
	}
}

func TestEventPeer(t *testing.T) {
	t.Parallel()
	a, b := new(wgtypes.Peer), new(wgtypes.Peer)
	for _, test := range []struct{ before, after, want *wgtypes.Peer }{{nil, nil, nil}, {a, nil, a}, {nil, b, b}, {a, b, b}} {
		if got := (wgtypes.Event{OldPeer: test.before, NewPeer: test.after}).Peer(); got != test.want {
			t.Errorf("Peer() of %p and %p = %p, want %p", test.before, test.after, got, test.want)
		}
	}
}

// TestEventStateIsNotRepeated checks that the states in an event have neither the
// fields that identify the device and the peer, which the event has itself, nor the
// peers of a device.
func TestEventStateIsNotRepeated(t *testing.T) {
	t.Parallel()
	ref := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: 7}
	peer := wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, ReceiveBytes: 5}
	device := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: 7, ListenPort: 9, Peers: []wgtypes.Peer{peer}}
	for want, e := range map[string]wgtypes.Event{
		`{"listen_port":9}`:   {Kind: wgtypes.EventDeviceAdded, Device: ref, NewDevice: device},
		`{"receive_bytes":5}`: {Kind: wgtypes.EventPeerAdded, Device: ref, NewPeer: &peer},
	} {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var decoded struct{ New json.RawMessage }
		if err := json.Unmarshal(text, &decoded); err != nil || string(decoded.New) != want {
			t.Errorf("json.Marshal(%v) = %s, %v, want the new state %s", e.Kind, text, err, want)
		}
		if log := e.LogValue().String(); strings.Count(log, "index=7") != 1 || strings.Contains(log, "peers=") || strings.Contains(log, "public_key=") {
			t.Errorf("LogValue() of %v = %s, want the index once, and neither peers nor a public key", e.Kind, log)
		}
	}
}
