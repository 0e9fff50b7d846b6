package wgtypes_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestNullChangesNothing checks that null leaves a value unchanged, which is the
// convention of encoding/json.
func TestNullChangesNothing(t *testing.T) {
	t.Parallel()
	unchanged[wgtypes.Device](t, "null")
	unchanged[wgtypes.Peer](t, "null")
	unchanged[wgtypes.Config](t, "null")
	unchanged[wgtypes.PeerConfig](t, "null")
	unchanged[wgtypes.Amnezia](t, "null")
	unchanged[wgtypes.AmneziaConfig](t, "null")
}

func unchanged[T any](t *testing.T, text string) {
	t.Helper()
	v := filled[T](t)
	err := json.Unmarshal([]byte(text), &v)
	if diff := cmp.Diff(filled[T](t), v, values); diff != "" {
		t.Errorf("json.Unmarshal(%s) = %v changes the %T (-want +got):\n%s", text, err, v, diff)
	}
}

func refused[T any](t *testing.T, text string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), new(T)); err == nil {
		t.Errorf("json.Unmarshal(%s, %T) = nil, want an error", text, *new(T))
	}
	unchanged[T](t, text)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	ofPeer := []string{
		`{"persistent_keepalive_max":65536}`, `{"persistent_keepalive_max":-1}`, `{"persistent_keepalive_max":"25"}`,
		`{"persistent_keepalive":65536}`, `{"persistent_keepalive":-1}`, `{"persistent_keepalive":0.5}`,
		`{"persistent_keepalive":"25"}`, `{"persistent_keepalive":18446744073709551641}`,
		`{"public_key":"short"}`, `{"public_key":[1,2,3]}`, `{"preshared_key":5}`,
		`{"endpoint":"example.com:51820"}`, `{"endpoint":"192.0.2.1"}`, `{"endpoint":"192.0.2.1:65589"}`, `{"endpoint":5}`,
		`{"allowed_ips":["192.0.2.0"]}`, `{"allowed_ips":["192.0.2.0/33"]}`, `{"allowed_ips":["192.0.2.0/-1"]}`,
		`{"allowed_ips":["192.0.2.0/255.255.0.255"]}`, `{"allowed_ips":["::/129"]}`, `{"allowed_ips":"192.0.2.0/24"}`, `[]`, `5`, `"x"`,
	}
	for _, text := range ofPeer {
		refused[wgtypes.Peer](t, text)
		refused[wgtypes.PeerConfig](t, withKey(text))
		refused[wgtypes.Device](t, `{"name":"x","peers":[`+text+`]}`)
		refused[wgtypes.Config](t, `{"listen_port":1,"peers":[`+withKey(text)+`]}`)
	}
	for _, text := range []string{
		`{"allowed_ips":[""]}`, `{"allowed_ips":[null]}`, `{"receive_bytes":-1}`, `{"receive_bytes":18446744073709551616}`,
		`{"last_handshake":"yesterday"}`, `{"last_handshake":1700000000}`, `{"last_handshake":""}`,
		`{"last_handshake":"9999-12-31T23:59:59-00:01"}`, `{"last_handshake":"0000-01-01T00:00:00+00:01"}`,
	} {
		refused[wgtypes.Peer](t, text)
		refused[wgtypes.Device](t, `{"name":"x","peers":[`+text+`]}`)
	}
	for _, text := range []string{
		`{"listen_port":65536}`, `{"listen_port":-1}`, `{"listen_port":"51820"}`, `{"firewall_mark":4294967296}`, `{"firewall_mark":-1}`,
		`{"peers":{}}`, `{"private_key":"short"}`, `[]`, `5`, `"x"`,
	} {
		refused[wgtypes.Device](t, text)
		refused[wgtypes.Config](t, text)
	}
	for _, text := range []string{
		`{"jc":65536}`, `{"jc":-1}`, `{"jc":"4"}`, `{"h1":"9-5"}`, `{"h1":"5-"}`, `{"h1":4294967296}`, `{"h1":-1}`, `{"h1":[5,9]}`, `{"h1":{}}`,
		`{"h1":""}`, `{"i1":5}`, `{"header_protection_key":"short"}`, `{"header_protection_key":[1]}`, `{"random_trailers":"on"}`,
		`{"rekey_after_time":1.5}`, `{"jc":1,"jc":1}`, `{"Jmin":1,"H1":5,"rekeyAfterTime":5}`, `[]`, `5`, `"x"`,
	} {
		refused[wgtypes.Amnezia](t, text)
		refused[wgtypes.AmneziaConfig](t, text)
		refused[wgtypes.Device](t, `{"amnezia":`+text+`}`)
		refused[wgtypes.Config](t, `{"amnezia":`+text+`}`)
	}
	for _, text := range []string{`{"version":"4.0"}`, `{"version":3.1}`, `{"unknown_keys":"x"}`, `{"unknown_keys":[5]}`} {
		refused[wgtypes.Amnezia](t, text)
		refused[wgtypes.Device](t, `{"amnezia":`+text+`}`)
	}
	for _, text := range []string{`{"version":"3.1"}`, `{"unknown_keys":[]}`, `{"j1":"<r 5>"}`} { // state only, or unknown
		refused[wgtypes.AmneziaConfig](t, text)
		refused[wgtypes.Config](t, `{"amnezia":`+text+`}`)
	}
	for _, text := range []string{`{"kind":"linux"}`, `{"kind":""}`, `{"kind":1}`, `{"index":1.5}`, `{"name":1}`} {
		refused[wgtypes.Device](t, text)
		refused[wgtypes.DeviceRef](t, text)
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{-1, -time.Second, 1, 500 * time.Millisecond, 65535*time.Second + 1, 65536 * time.Second} {
		for _, v := range []any{
			wgtypes.Peer{PersistentKeepalive: d}, wgtypes.PeerConfig{PersistentKeepalive: &d},
			wgtypes.Device{Peers: []wgtypes.Peer{{PersistentKeepalive: d}}},
			&wgtypes.Config{Peers: []wgtypes.PeerConfig{{PersistentKeepalive: &d}}},
			wgtypes.Peer{PersistentKeepaliveMax: d}, wgtypes.PeerConfig{PersistentKeepaliveMax: d},
		} {
			if text, err := json.Marshal(v); err == nil {
				t.Errorf("json.Marshal(%T with keepalive %v) = %s, want an error", v, d, text)
			}
		}
	}
	if text, err := json.Marshal(wgtypes.Device{Kind: 6}); err == nil {
		t.Errorf("json.Marshal(device of kind 6) = %s, want an error", text)
	}
	if text, err := json.Marshal(wgtypes.Amnezia{Version: 6}); err == nil {
		t.Errorf("json.Marshal(AmneziaWG of version 6) = %s, want an error", text)
	}
	_, err := wgtypes.Device{Kind: 6, Peers: []wgtypes.Peer{{PersistentKeepalive: -1}}}.MarshalJSON()
	if err == nil || !strings.Contains(err.Error(), "invalid kind 6") {
		t.Errorf("MarshalJSON() of a device with two errors = %v, want the first one, about its kind", err)
	}
}

// TestPeerNeedsKey checks the errors of peers without a usable key, and of the
// names that wgctrl-go uses.
func TestPeerNeedsKey(t *testing.T) {
	t.Parallel()
	const goPeer = `{"PublicKey":[1,2],"Remove":false,"UpdateOnly":false,"PresharedKey":null,"Endpoint":{"IP":"192.0.2.1","Port":5,"Zone":""},` +
		`"PersistentKeepaliveInterval":25000000000,"ReplaceAllowedIPs":true,"AllowedIPs":[{"IP":"10.0.0.0","Mask":"/wAAAA=="}]}`
	zero := wgtypes.PublicKey{}.String()
	for _, test := range []struct{ text, want string }{
		{`{"peers":[{"endpoint":"192.0.2.1:5"}]}`, "peer 0: PublicKey: missing or zero"},
		{`{"peers":[` + withKey(`{}`) + `,{}]}`, "peer 1: PublicKey: missing or zero"},
		{`{"peers":[{"public_key":null}]}`, "peer 0: PublicKey: missing or zero"},
		{`{"peers":[null]}`, "peer 0: PublicKey: missing or zero"},
		{`{"peers":[{"public_key":null,"remove":true}]}`, "peer 0: PublicKey: missing or zero"},
		{`{"peers":[{"public_key":"` + zero + `","update_only":true}]}`, "peer 0: PublicKey: missing or zero"},
		{`{"peers":[{"remove":true}]}`, "peer 0: PublicKey: missing or zero"},
		{`{"Peers":[` + goPeer + `]}`, `peer 0: PublicKey: unknown name in JSON: must be "public_key"`},
		{`{"peers":[` + withKey(`{}`) + `,` + withKey(`{"PersistentKeepaliveInterval":1}`) + `]}`,
			`peer 1 (` + goldenPublicKey.String() + `): PersistentKeepaliveInterval: unknown name in JSON: must be "persistent_keepalive"`},
		{`{"peers":[` + withKey(`{"AllowedIPs":[]}`) + `]}`,
			`peer 0 (` + goldenPublicKey.String() + `): AllowedIPs: unknown name in JSON: must be "allowed_ips"`},
		{`{"ListenPort":5}`, `ListenPort: unknown name in JSON: must be "listen_port"`},
		{`{"PrivateKey":null,"ReplacePeers":true}`, `PrivateKey: unknown name in JSON: must be "private_key"`},
		{`{"ReplacePeers":true,"Peers":5}`, `ReplacePeers: unknown name in JSON: must be "replace_peers"`},
	} {
		c := filled[wgtypes.Config](t)
		err := json.Unmarshal([]byte(test.text), &c)
		fe, ok := errors.AsType[*wgtypes.FieldError](err)
		if !ok || fe.Error() != test.want {
			t.Errorf("json.Unmarshal(%s) = %v, want the FieldError %s", test.text, err, test.want)
		}
		unchanged[wgtypes.Config](t, test.text)
	}
	var p wgtypes.PeerConfig
	if err := json.Unmarshal([]byte(`{}`), &p); err == nil || err.Error() != "PublicKey: missing or zero" {
		t.Errorf("json.Unmarshal({}, PeerConfig) = %v, want that the key is missing", err)
	}
	if err := json.Unmarshal([]byte(goPeer), &p); err == nil || !strings.Contains(err.Error(), `must be "public_key"`) {
		t.Errorf("json.Unmarshal(%s, PeerConfig) = %v, want the right name of the key", goPeer, err)
	}
	roundTrip(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{{Remove: true}}})
}

// TestErrorsHoldNoSecret checks that an error in or next to a secret does not
// contain the secret.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	secret, _ := wgtypes.NewPrivateKey(secretBytes).MarshalText()
	key := string(secret)
	array := strings.ReplaceAll(fmt.Sprint(secretBytes), " ", ",")
	array = array[:len(array)-1] // without the bracket, for one element more
	for _, text := range []string{
		`{"private_key":"` + key + ` "}`, `{"private_key":"` + key[:43] + `"}`, `{"private_key":"` + key + `","listen_port":-1}`,
		`{"private_key":["` + key + `"]}`, `{"private_key":{"x":"` + key + `"}}`, `{"private_key":"` + key + `","peers":5}`,
		`{"private_key":` + array + `,300]}`, `{"private_key":` + array + `,1.5]}`,
		`{"peers":[` + withKey(`{"preshared_key":"`+key+`=","allowed_ips":["x"]}`) + `]}`,
		`{"peers":[` + withKey(`{"preshared_key":`+array+`,"x"]}`) + `]}`,
		`{"amnezia":{"header_protection_key":"` + key + ` "}}`, `{"amnezia":{"header_protection_key":"` + key + `","jc":-1}}`,
		`{"amnezia":{"header_protection_key":` + array + `,300]}}`, `{"amnezia":{"h1":"` + key + `"}}`, `{"amnezia":{"i1":["` + key + `"]}}`,
		`{"amnezia":"` + key + `"}`,
		`{"private_key":"` + key, `{"private_key":"` + key + `"`, `{"private_key":"\q` + key + `"}`,
	} {
		for _, into := range []any{new(wgtypes.Device), new(wgtypes.Config)} {
			err := json.Unmarshal([]byte(text), into)
			if err == nil {
				t.Errorf("json.Unmarshal(%s, %T) = nil, want an error", text, into)
			} else if f := testutil.FindSecret(err.Error()); f != "" || strings.Contains(err.Error(), array[1:8]) {
				t.Errorf("the error is %v, want one without secrets, got one as %s", err, f)
			}
		}
	}
}
