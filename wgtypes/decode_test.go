package wgtypes_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestDecodeErrors checks that an error of JSON says which peer and which field is
// wrong, the value, and the expected form.
func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	key := goldenPublicKey.String()
	other := wgtypes.PublicKey{1}.String()
	one := func(field string) string {
		return `{"peers":[{"public_key":"` + other + `"},{"public_key":"` + key + `",` + field + `}]}`
	}
	peer := "peer 1 (" + key + "): "
	for _, test := range []struct{ text, want string }{
		{`{"listen_port":70000}`, "listen_port: invalid value 70000: must be a number from 0 to 65535"},
		{`{"listen_port":"51820"}`, `listen_port: invalid value "51820": must be a number from 0 to 65535`},
		{`{"listen_port":1e4}`, "listen_port: invalid value 1e4: must be a number from 0 to 65535"},
		{`{"listen_port":[1]}`, "listen_port: must be a number from 0 to 65535, not a list"},
		{`{"firewall_mark":-1}`, "firewall_mark: invalid value -1: must be a number from 0 to 4294967295"},
		{`{"firewall_mark":4294967296}`, "firewall_mark: invalid value 4294967296: must be a number from 0 to 4294967295"},
		{`{"private_key":"abc"}`, "private_key: private key has 3 characters, must have 44 (base64)"},
		{`{"private_key":5}`, "private_key: private key is neither a JSON string nor an array of numbers"},
		{`{"replace_peers":1}`, "replace_peers: invalid value 1: must be true or false"},
		{`{"listen_port":1,"listen_port":1}`, "listen_port: occurs twice in a JSON object"},
		{`{"peers":[],"Peers":[]}`, "peers: occurs twice in a JSON object"},
		{`{"peers":{}}`, "peers: must be a list, not an object"},
		{`{"peers":5}`, "peers: invalid value 5: must be a list"},
		{`{"peers":[{"public_key":"` + key + `"},5]}`, "peer 1: JSON: invalid value 5: must be an object"},
		{`{"peers":[[]]}`, "peer 0: JSON: must be an object, not a list"},
		{`{"listen-port":1}`, `listen-port: unknown name in JSON: must be "listen_port"`},
		{`{"port":1}`, `"port": unknown name in JSON`},
		{`{"a\nb":1}`, `"a\nb": unknown name in JSON`},
		{`{"` + strings.Repeat("x", 44) + `":1}`, "JSON: unknown name of 44 bytes"},
		{`{"` + strings.Repeat("x", 40) + `":1}`, `"` + strings.Repeat("x", 40) + `": unknown name in JSON`},
		{`{"` + strings.Repeat("x", 41) + `":1}`, "JSON: unknown name of 41 bytes"},
		{`{"listen_port":"` + strings.Repeat("1", 38) + `"}`, `listen_port: invalid value "` + strings.Repeat("1", 38) + `": must be a number from 0 to 65535`},
		{`{"listen_port":"` + strings.Repeat("1", 39) + `"}`, "listen_port: invalid value of 41 bytes: must be a number from 0 to 65535"},
		{`{"peers":[["public_key","` + key + `"]]}`, "peer 0: JSON: must be an object, not a list"},
		{`{"listen_port":null,"firewall_mark":-1}`, "firewall_mark: invalid value -1: must be a number from 0 to 4294967295"},
		{`[]`, "JSON: must be an object, not a list"},
		{`"x"`, `JSON: invalid value "x": must be an object`},
		{one(`"endpoint":"192.0.2.1"`), peer + `endpoint: invalid value "192.0.2.1": must be an IP address and a port, as in "192.0.2.1:51820"`},
		{one(`"endpoint":5`), peer + `endpoint: invalid value 5: must be an IP address and a port, as in "192.0.2.1:51820"`},
		{one(`"endpoint":{"IP":"192.0.2.1","Port":5}`), peer + `endpoint: must be an IP address and a port, as in "192.0.2.1:51820", not an object`},
		{one(`"allowed_ips":["10.0.0.0/8","10.0.0.0/33"]`), peer + `allowed_ips[1]: invalid value "10.0.0.0/33": must be a prefix, as in "10.0.0.0/8"`},
		{one(`"allowed_ips":[null]`), peer + `allowed_ips[0]: invalid value null: must be a prefix, as in "10.0.0.0/8"`},
		{one(`"allowed_ips":[""]`), peer + `allowed_ips[0]: invalid value "": must be a prefix, as in "10.0.0.0/8"`},
		{one(`"allowed_ips":"10.0.0.0/8"`), peer + `allowed_ips: invalid value "10.0.0.0/8": must be a list`},
		{one(`"remove_allowed_ips":["10.0.0.0"]`), peer + `remove_allowed_ips[0]: invalid value "10.0.0.0": must be a prefix, as in "10.0.0.0/8"`},
		{one(`"persistent_keepalive":65536`), peer + "persistent_keepalive: invalid value 65536: must be whole seconds from 0 to 65535"},
		{one(`"persistent_keepalive":0.5`), peer + "persistent_keepalive: invalid value 0.5: must be whole seconds from 0 to 65535"},
		{one(`"persistent_keepalive":"25"`), peer + `persistent_keepalive: invalid value "25": must be whole seconds from 0 to 65535`},
		{one(`"preshared_key":"abc"`), peer + "preshared_key: preshared key has 3 characters, must have 44 (base64)"},
		{one(`"remove":"yes"`), peer + `remove: invalid value "yes": must be true or false`},
		{`{"amnezia":[]}`, "amnezia: must be an object, not a list"},
		{`{"amnezia":{"jc":65536}}`, "amnezia.jc: invalid value 65536: must be a number from 0 to 65535"},
		{`{"amnezia":{"h1":"9-5"}}`, `amnezia.h1: invalid value "9-5": must be a number from 0 to 4294967295 or two, as in "5-9"`},
		{`{"amnezia":{"random_trailers":1}}`, "amnezia.random_trailers: invalid value 1: must be true or false"},
		{`{"amnezia":{"header_protection_key":"abc"}}`, "amnezia.header_protection_key: header protection key has 3 characters, must have 44 (base64)"},
		{`{"amnezia":{"jc":1,"JC":2}}`, "amnezia.jc: occurs twice in a JSON object"},
		{`{"amnezia":{"j1":""}}`, `amnezia."j1": unknown name in JSON`},
		{one(`"allowed_ip":["10.0.0.0/8"]`), peer + `"allowed_ip": unknown name in JSON`},
		{one(`"remove":true,"remove":false`), peer + "remove: occurs twice in a JSON object"},
		{one(`"public_key":"` + key + `"`), peer + "public_key: occurs twice in a JSON object"},
		{`{"peers":[{"remove":"yes","public_key":"` + key + `"}]}`, "peer 0 (" + key + "): remove: invalid value \"yes\": must be true or false"},
		{`{"peers":[{"public_key":"abc"}]}`, "peer 0: public_key: public key has 3 characters, must have 44 (base64)"},
	} {
		var c wgtypes.Config
		err := json.Unmarshal([]byte(test.text), &c)
		if field, ok := errors.AsType[*wgtypes.FieldError](err); !ok || field.Error() != test.want || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("json.Unmarshal(%s) = %v, want the FieldError %s", test.text, err, test.want)
		}
	}
}

// TestDecodeStateErrors is TestDecodeErrors for the state of devices, whose unknown
// names are ignored.
func TestDecodeStateErrors(t *testing.T) {
	t.Parallel()
	key := goldenPublicKey.String()
	one := func(field string) string { return `{"peers":[{` + field + `,"public_key":"` + key + `"}]}` }
	for _, test := range []struct{ text, want string }{
		{`{"name":5}`, "name: invalid value 5: must be a string"},
		{`{"index":1.5}`, "index: invalid value 1.5: must be an integer"},
		{`{"kind":"linux"}`, `kind: invalid value "linux": must be one of ["unknown" "kernel" "userspace" "in-process" "amneziawg-kernel" "amneziawg-userspace"]`},
		{`{"amnezia":5}`, "amnezia: invalid value 5: must be an object"},
		{`{"amnezia":{"version":"4.0"}}`, `amnezia.version: invalid value "4.0": must be one of ["unknown" "1.0" "1.5" "2.0" "3.0" "3.1"]`},
		{`{"amnezia":{"unknown_keys":{}}}`, "amnezia.unknown_keys: must be a list of strings, not an object"},
		{`{"amnezia":{"rekeyAfterTime":5}}`, `amnezia.rekeyAfterTime: unknown name in JSON: must be "rekey_after_time"`},
		{one(`"persistent_keepalive_max":65536`), "peer 0 (" + key + "): persistent_keepalive_max: invalid value 65536: must be whole seconds from 0 to 65535"},
		{`{"name":"wg0","name":"wg1"}`, "name: occurs twice in a JSON object"},
		{one(`"last_handshake":"yesterday"`), "peer 0 (" + key + `): last_handshake: invalid value "yesterday": must be a time in RFC 3339`},
		{one(`"last_handshake":"0000-01-01T00:00:00+00:01"`), "peer 0 (" + key + "): last_handshake: invalid year -1: must be 0 to 9999"},
		{one(`"receive_bytes":18446744073709551616`), "peer 0 (" + key + "): receive_bytes: invalid value 18446744073709551616: must be a number from 0 to 18446744073709551615"},
		{one(`"protocol_version":"1"`), "peer 0 (" + key + `): protocol_version: invalid value "1": must be an integer`},
		{one(`"preshared_key":"` + key[1:] + `"`), "peer 0 (" + key + "): preshared_key: preshared key has 43 characters, must have 44 (base64)"},
		{`{"PrivateKey":"` + key + `"}`, `PrivateKey: unknown name in JSON: must be "private_key"`},
		{`{"Name":"wg0","ListenPort":5}`, `ListenPort: unknown name in JSON: must be "listen_port"`},
		{`{"Peers":[{"PublicKey":"` + key + `"}]}`, `peer 0: PublicKey: unknown name in JSON: must be "public_key"`},
		{one(`"PersistentKeepaliveInterval":1`), "peer 0 (" + key + `): PersistentKeepaliveInterval: unknown name in JSON: must be "persistent_keepalive"`},
		{`{"port":1,"peers":[{"names":["a"]},null]}`, ""},
		{one(`"last_handshake":"9999-12-31T23:59:59-00:01"`), "peer 0 (" + key + "): last_handshake: invalid year 10000: must be 0 to 9999"},
	} {
		var d wgtypes.Device
		err := json.Unmarshal([]byte(test.text), &d)
		if field, ok := errors.AsType[*wgtypes.FieldError](err); ok != (test.want != "") || ok && field.Error() != test.want || !ok && err != nil {
			t.Errorf("json.Unmarshal(%s) = %v, want the FieldError %q", test.text, err, test.want)
		}
		if test.want == "" && len(d.Peers) != 2 {
			t.Errorf("json.Unmarshal(%s) has %d peers, want 2", test.text, len(d.Peers))
		}
	}
}

// TestDecodeDirectly checks that UnmarshalJSON can be called without encoding/json,
// with spaces and with text that is not JSON.
func TestDecodeDirectly(t *testing.T) {
	t.Parallel()
	var c wgtypes.Config
	text := " \n{ \"listen_port\" : 5 ,\t\"peers\" : [ { \"public_key\" : \"" + goldenPublicKey.String() + "\" , \"allowed_ips\" : [ ] , \"endpoint\":\"[fe80::1%a\\\"}]\\\\]:1\" } ] } "
	if err := c.UnmarshalJSON([]byte(text)); err != nil || *c.ListenPort != 5 || len(c.Peers) != 1 || c.Peers[0].Endpoint.Addr().Zone() != `a"}]\` {
		t.Errorf("UnmarshalJSON(%s) = %+v, %v, want port 5 and a peer with a zone", text, c, err)
	}
	invalidUTF8 := withKey("{\"endpoint\":\"[fe80::1%a\xff]:1\",\"allowed_ips\":[\"10.0.0.0\\/8\"]}")
	var p wgtypes.PeerConfig
	if err := p.UnmarshalJSON([]byte(invalidUTF8)); err != nil || p.Endpoint.Addr().Zone() != "a\ufffd" || len(p.AllowedIPs) != 1 {
		t.Errorf("UnmarshalJSON(%q) = %v, %v, want a zone with U+FFFD, as encoding/json decodes it, and a prefix", invalidUTF8, p, err)
	}
	for _, text := range []string{"", " ", "{", `{"listen_port":5`, `{"listen_port"}`, `{"listen_port":5}}`, "nul", `{"peers":[{]}`, `{"listen_port":5 6}`} {
		before := c.String()
		if err := c.UnmarshalJSON([]byte(text)); err == nil || c.String() != before {
			t.Errorf("UnmarshalJSON(%q) = %v and sets %v, want an error and no change", text, err, c)
		}
	}
	if err := c.UnmarshalJSON([]byte(" null ")); err != nil || *c.ListenPort != 5 {
		t.Errorf("UnmarshalJSON(null) = %v and sets %v, want no change", err, c)
	}
}

// TestDecodeErrorsHoldNoKey checks that a key in the wrong field or as a name is not
// in the error.
func TestDecodeErrorsHoldNoKey(t *testing.T) {
	t.Parallel()
	text, err := wgtypes.NewPrivateKey(secretBytes).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	key := `"` + string(text) + `"`
	for _, value := range []string{key, "[" + key + "]", `{"x":` + key + "}", `"` + string(text[:43]) + `"`} {
		for _, name := range []string{"listen_port", "firewall_mark", "replace_peers", "peers", "private_key", "x"} {
			decodeHidden(t, `{"`+name+`":`+value+`}`)
		}
		for _, p := range wgtypes.AmneziaParameters() {
			decodeHidden(t, `{"amnezia":{"`+p.Name()+`":`+value+`}}`)
		}
		for _, name := range []string{"endpoint", "remove", "allowed_ips", "persistent_keepalive", "preshared_key", "x"} {
			decodeHidden(t, `{"peers":[`+withKey(`{"`+name+`":`+value+`}`)+`]}`)
		}
	}
	decodeHidden(t, `{`+key+`:1}`)
	decodeHidden(t, `{"amnezia":{`+key+`:1}}`)
	decodeHidden(t, key)
}

func decodeHidden(t *testing.T, text string) {
	t.Helper()
	var c wgtypes.Config
	if err := json.Unmarshal([]byte(text), &c); err != nil && testutil.FindSecret(err.Error()) != "" {
		t.Errorf("json.Unmarshal(%s) = %v, want an error without the key", text, err)
	}
}
