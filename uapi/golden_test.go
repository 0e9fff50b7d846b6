package uapi_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal compares values of package wgtypes. Secrets and times are compared with
// their Equal methods. A nil list equals an empty one.
var equal = cmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
}

var (
	someKey  = key("1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c")
	otherKey = key("58402e695ba1772b1cc9309755f043251ea77fdcf10fbe63989ceb7e19321376")
	someTime = time.Unix(1700000000, 0).UTC() // a whole second, which does not mean "never"
)

func key(digits string) (k wgtypes.PublicKey) {
	for i := range k {
		k[i] = unhex(digits[2*i])<<4 | unhex(digits[2*i+1])
	}
	return k
}

func unhex(c byte) byte { return byte(strings.IndexByte("0123456789abcdef", c)) }

func repeated(b byte) (k [wgtypes.KeyLen]byte) {
	for i := range k {
		k[i] = b
	}
	return k
}

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

// setTests are requests as wg(8) writes them, except for the order of the flags
// and for update_only, which wg(8) never sends.
var setTests = []struct {
	name   string
	config wgtypes.Config
	text   string
}{
	{name: "nothing", text: "set=1\n\n"},
	{
		name: "device",
		config: wgtypes.Config{
			PrivateKey:   new(wgtypes.NewPrivateKey(repeated(0x48))),
			ListenPort:   new(uint16(65535)),
			FirewallMark: new(uint32(4294967295)),
			ReplacePeers: true,
		},
		text: "set=1\nprivate_key=" + strings.Repeat("48", 32) + "\nlisten_port=65535\nfwmark=4294967295\nreplace_peers=true\n\n",
	},
	{
		name: "zeros clear",
		config: wgtypes.Config{
			PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32),
			Peers: []wgtypes.PeerConfig{{PresharedKey: new(wgtypes.PresharedKey), PersistentKeepalive: new(time.Duration)}},
		},
		text: "set=1\nprivate_key=" + zeros + "\nlisten_port=0\nfwmark=0\npublic_key=" + zeros +
			"\npreshared_key=" + zeros + "\npersistent_keepalive_interval=0\n\n",
	},
	{
		name: "peers",
		config: wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{
				PublicKey: someKey, UpdateOnly: true,
				PresharedKey:        new(wgtypes.NewPresharedKey(repeated(0xab))),
				Endpoint:            netip.MustParseAddrPort("[fe80::1%eth0]:51820"),
				PersistentKeepalive: new(65535 * time.Second),
				ReplaceAllowedIPs:   true,
				AllowedIPs:          prefixes("0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:192.0.2.0/120"),
			},
			{PublicKey: otherKey, Remove: true},
			{PublicKey: someKey, RemoveAllowedIPs: prefixes("10.0.0.0/8"), AllowedIPs: prefixes("10.1.0.0/16")},
		}},
		text: "set=1\n" +
			"public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\n" +
			"update_only=true\n" +
			"preshared_key=" + strings.Repeat("ab", 32) + "\n" +
			"endpoint=[fe80::1%eth0]:51820\n" +
			"persistent_keepalive_interval=65535\n" +
			"replace_allowed_ips=true\n" +
			"allowed_ip=0.0.0.0/0\nallowed_ip=::/0\nallowed_ip=2001:db8::/32\nallowed_ip=::ffff:192.0.2.0/120\n" +
			"public_key=58402e695ba1772b1cc9309755f043251ea77fdcf10fbe63989ceb7e19321376\n" +
			"remove=true\n" +
			"public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\n" +
			"allowed_ip=-10.0.0.0/8\nallowed_ip=10.1.0.0/16\n\n",
	},
}

var zeros = strings.Repeat("0", 64)

func TestSet(t *testing.T) {
	t.Parallel()
	for _, test := range setTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.text, string(uapi.AppendSet(nil, test.config))); diff != "" {
				t.Errorf("AppendSet (-want +got):\n%s", diff)
			}
			got, err := uapi.ParseSet(iotest.OneByteReader(strings.NewReader(test.text)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.config, got, equal); diff != "" {
				t.Errorf("ParseSet (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSetOtherForms(t *testing.T) {
	t.Parallel()
	text := "public_key=" + strings.ToUpper("1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c") + "\n" +
		"protocol_version=1\nallowed_ip=10.9.0.0/16\nallowed_ip=-10.8.0.0/16\n" +
		"replace_allowed_ips=true\nendpoint=[::ffff:192.0.2.1]:7\nallowed_ip=10.1.2.3/8\n\n"
	want := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey: someKey, Endpoint: netip.MustParseAddrPort("192.0.2.1:7"),
		ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.0.0.0/8"),
	}}}
	got, err := uapi.ParseSet(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("ParseSet (-want +got):\n%s", diff)
	}
}

// getTests are replies as wireguard-go writes them.
var getTests = []struct {
	name   string
	device wgtypes.Device
	text   string
}{
	{name: "nothing", text: "errno=0\n\n"},
	{
		name: "all",
		device: wgtypes.Device{
			PrivateKey: wgtypes.NewPrivateKey(repeated(0x48)),
			PublicKey:  wgtypes.NewPrivateKey(repeated(0x48)).PublicKey(),
			ListenPort: 51820, FirewallMark: 4294967295,
			Peers: []wgtypes.Peer{
				{
					PublicKey: someKey, PresharedKey: wgtypes.NewPresharedKey(repeated(0xab)), ProtocolVersion: 1,
					Endpoint: netip.MustParseAddrPort("[fe80::1%2]:7"), LastHandshake: someTime,
					TransmitBytes: 18446744073709551615, ReceiveBytes: 2, PersistentKeepalive: 25 * time.Second,
					AllowedIPs: prefixes("10.0.0.0/8", "2001:db8::/32"),
				},
				{PublicKey: otherKey, LastHandshake: time.Unix(0, 999999999).UTC()},
			},
		},
		text: "private_key=" + strings.Repeat("48", 32) + "\nlisten_port=51820\nfwmark=4294967295\n" +
			"public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\n" +
			"preshared_key=" + strings.Repeat("ab", 32) + "\nprotocol_version=1\nendpoint=[fe80::1%2]:7\n" +
			"last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=0\n" +
			"tx_bytes=18446744073709551615\nrx_bytes=2\npersistent_keepalive_interval=25\n" +
			"allowed_ip=10.0.0.0/8\nallowed_ip=2001:db8::/32\n" +
			"public_key=58402e695ba1772b1cc9309755f043251ea77fdcf10fbe63989ceb7e19321376\n" +
			"preshared_key=" + zeros + "\nlast_handshake_time_sec=0\nlast_handshake_time_nsec=999999999\n" +
			"tx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\nerrno=0\n\n",
	},
}

func TestGet(t *testing.T) {
	t.Parallel()
	for _, test := range getTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.text, string(uapi.AppendDevice(nil, &test.device))); diff != "" {
				t.Errorf("AppendDevice (-want +got):\n%s", diff)
			}
			got, err := uapi.ParseDevice(iotest.OneByteReader(strings.NewReader(test.text)), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.device, got, equal); diff != "" {
				t.Errorf("ParseDevice (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseDeviceOtherForms parses replies of other implementations: with unknown
// keys, missing keys and values in other forms than AppendDevice writes.
func TestParseDeviceOtherForms(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000100, 500)
	tests := []struct {
		name, text string
		want       wgtypes.Device
	}{
		{
			name: "unknown keys and a value with =",
			text: "future=a=b=\nlisten_port=7\npublic_key=" + strings.Repeat("11", 32) + "\nnews=\nallowed_ip=10.1.2.3/8\nerrno=-0\n\nrest",
			want: wgtypes.Device{ListenPort: 7, Peers: []wgtypes.Peer{{PublicKey: repeated(0x11), AllowedIPs: prefixes("10.0.0.0/8")}}},
		},
		{name: "the zero key means no key", text: "private_key=" + zeros + "\nerrno=0\n\n"},
		{
			name: "IPv4-mapped endpoint",
			text: "public_key=" + zeros + "\nendpoint=[::ffff:192.0.2.1]:7\nerrno=0\n\n",
			want: wgtypes.Device{Peers: []wgtypes.Peer{{Endpoint: netip.MustParseAddrPort("192.0.2.1:7")}}},
		},
		{
			name: "boringtun sends ages",
			text: "own_public_key=" + strings.Repeat("22", 32) + "\npublic_key=" + zeros +
				"\nlast_handshake_time_sec=100\nlast_handshake_time_nsec=500\nerrno=0\n\n",
			want: wgtypes.Device{PublicKey: repeated(0x22), Peers: []wgtypes.Peer{{LastHandshake: someTime}}},
		},
		{
			name: "boringtun with a peer that has no handshake",
			text: "own_public_key=" + strings.Repeat("22", 32) + "\npublic_key=" + zeros +
				"\nlast_handshake_time_sec=100\nlast_handshake_time_nsec=500\npublic_key=" + strings.Repeat("11", 32) + "\nerrno=0\n\n",
			want: wgtypes.Device{PublicKey: repeated(0x22), Peers: []wgtypes.Peer{{LastHandshake: someTime}, {PublicKey: repeated(0x11)}}},
		},
		{
			name: "boringtun with the largest age",
			text: "own_public_key=" + strings.Repeat("22", 32) + "\npublic_key=" + zeros +
				"\nlast_handshake_time_sec=999999999\nerrno=0\n\n",
			want: wgtypes.Device{PublicKey: repeated(0x22), Peers: []wgtypes.Peer{{LastHandshake: time.Unix(1700000100-999999999, 500).UTC()}}},
		},
		{
			name: "boringtun with the smallest timestamp",
			text: "own_public_key=" + strings.Repeat("22", 32) + "\npublic_key=" + zeros +
				"\nlast_handshake_time_sec=1000000000\nerrno=0\n\n",
			want: wgtypes.Device{PublicKey: repeated(0x22), Peers: []wgtypes.Peer{{LastHandshake: time.Unix(1e9, 0).UTC()}}},
		},
		{
			name: "boringtun with a timestamp",
			text: "own_public_key=" + strings.Repeat("22", 32) + "\npublic_key=" + zeros +
				"\nlast_handshake_time_sec=1700000000\nerrno=0\n\n",
			want: wgtypes.Device{PublicKey: repeated(0x22), Peers: []wgtypes.Peer{{LastHandshake: someTime}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := uapi.NewDecoder(strings.NewReader(test.text), now)
			if _, err := d.Device(); err != nil {
				t.Fatal(err)
			}
			if got, want := d.Boringtun(), strings.Contains(test.text, "own_"); got != want {
				t.Errorf("Boringtun = %t, want %t", got, want)
			}
			got, err := uapi.ParseDevice(strings.NewReader(test.text), now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got, equal); diff != "" {
				t.Errorf("ParseDevice (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeviceIsOwned changes the result of Device, which the decoder must not use.
func TestDeviceIsOwned(t *testing.T) {
	t.Parallel()
	d := uapi.NewDecoder(strings.NewReader("listen_port=7\nerrno=0\n\n"), time.Time{})
	for range 2 {
		got, err := d.Device()
		if err != nil || got.ListenPort != 7 {
			t.Fatalf("Device() = %v, %v, want port 7, nil", got, err)
		}
		got.ListenPort = 8
	}
}

// TestAppendDeviceOldHandshake has times that the protocol cannot represent.
func TestAppendDeviceOldHandshake(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, time.Unix(-1, 0), time.Unix(-1, 999), time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)} {
		reply := string(uapi.AppendDevice(nil, &wgtypes.Device{Peers: []wgtypes.Peer{{LastHandshake: at}}}))
		if want := "\nlast_handshake_time_sec=0\nlast_handshake_time_nsec=0\n"; !strings.Contains(reply, want) {
			t.Errorf("AppendDevice of a handshake at %v = %q, want %q in it", at, reply, want)
		}
	}
}

func TestAppendKeepsPrefix(t *testing.T) {
	t.Parallel()
	start := []byte("before")
	for _, got := range [][]byte{
		uapi.AppendGet(start), uapi.AppendSet(start, setTests[1].config),
		uapi.AppendDevice(start, &getTests[1].device), uapi.AppendErrno(start, 0),
	} {
		if !bytes.HasPrefix(got, []byte("before")) {
			t.Errorf("appending to %q = %q, want the prefix kept", "before", got)
		}
	}
}
