package uapi_test

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// lenientTests are lines of a peer that wg(8) accepts, or that AmneziaWG 3 sends,
// though no device of wireguard-go sends them.
var lenientTests = []struct {
	name, lines string
	want        wgtypes.Peer
}{
	{"IPv6 endpoint without brackets", "endpoint=2001:db8::1:51820", wgtypes.Peer{Endpoint: netip.MustParseAddrPort("[2001:db8::1]:51820")}},
	{"zone without brackets", "endpoint=fe80::1%eth0:51820", wgtypes.Peer{Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:51820")}},
	{"the last colon begins the port", "endpoint=::1:1", wgtypes.Peer{Endpoint: netip.MustParseAddrPort("[::1]:1")}},
	{"mapped endpoint without brackets", "endpoint=::ffff:192.0.2.1:5", wgtypes.Peer{Endpoint: netip.MustParseAddrPort("192.0.2.1:5")}},
	{"IPv4 endpoint with brackets", "endpoint=[192.0.2.1]:65535", wgtypes.Peer{Endpoint: netip.MustParseAddrPort("192.0.2.1:65535")}},
	{"counter of 65 bits", "rx_bytes=18446744073709551616", wgtypes.Peer{ReceiveBytes: math.MaxUint64}},
	{"counter of 70 bits", "tx_bytes=999999999999999999999", wgtypes.Peer{TransmitBytes: math.MaxUint64}},
	{"largest counters", "rx_bytes=18446744073709551615\ntx_bytes=018446744073709551614", wgtypes.Peer{ReceiveBytes: math.MaxUint64, TransmitBytes: math.MaxUint64 - 1}},
	{"year 10000", "last_handshake_time_sec=253402300800", wgtypes.Peer{LastHandshake: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}},
	{
		"largest handshake", "last_handshake_time_sec=9223372036854775807\nlast_handshake_time_nsec=999999999",
		wgtypes.Peer{LastHandshake: time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
	},
	{"too many nanoseconds", "last_handshake_time_sec=5\nlast_handshake_time_nsec=1000000000", wgtypes.Peer{LastHandshake: time.Unix(5, 999999999).UTC()}},
	{"keepalive range", "persistent_keepalive_interval=25-30", wgtypes.Peer{PersistentKeepalive: 25 * time.Second, PersistentKeepaliveMax: 30 * time.Second}},
	{"keepalive range from 0", "persistent_keepalive_interval=0-5", wgtypes.Peer{PersistentKeepaliveMax: 5 * time.Second}},
	{"keepalive range of one number", "persistent_keepalive_interval=25-25", wgtypes.Peer{PersistentKeepalive: 25 * time.Second}},
	{"keepalive range in the wrong order", "persistent_keepalive_interval=30-22", wgtypes.Peer{PersistentKeepalive: 30 * time.Second}},
	{"keepalive range without an end", "persistent_keepalive_interval=30-", wgtypes.Peer{PersistentKeepalive: 30 * time.Second}},
	{"keepalive range to 17 bits", "persistent_keepalive_interval=25-70000", wgtypes.Peer{PersistentKeepalive: 25 * time.Second, PersistentKeepaliveMax: 65535 * time.Second}},
	{"largest keepalive", "persistent_keepalive_interval=65535", wgtypes.Peer{PersistentKeepalive: 65535 * time.Second}},
	{"keepalive of 17 bits", "persistent_keepalive_interval=70000", wgtypes.Peer{PersistentKeepalive: 65535 * time.Second}},
	{"keepalive range of 17 bits", "persistent_keepalive_interval=65536-70000", wgtypes.Peer{PersistentKeepalive: 65535 * time.Second}},
	{"unknown keepalive", "persistent_keepalive_interval=often", wgtypes.Peer{}},
	{"empty keepalive", "persistent_keepalive_interval=", wgtypes.Peer{}},
	{"unknown version", "protocol_version=1.5", wgtypes.Peer{}},
	{"version of 32 bits", "protocol_version=2147483648", wgtypes.Peer{}},
	{"largest version", "protocol_version=2147483647", wgtypes.Peer{ProtocolVersion: math.MaxInt32}},
	{"zeros in a prefix length", "allowed_ip=10.0.0.0/08\nallowed_ip=::/000", wgtypes.Peer{AllowedIPs: prefixes("10.0.0.0/8", "::/0")}},
	{"keys of a device", "private_key=x\nown_public_key=x\nlisten_port=7\nfwmark=x", wgtypes.Peer{}},
	{"keys of an AmneziaWG device", "jc=4\nh1=x\ni1=<t>\nheader_protection_key=x", wgtypes.Peer{}},
}

// TestParseDeviceLenient reads each reply at once and byte by byte. Other lines
// follow, which must be read as well.
func TestParseDeviceLenient(t *testing.T) {
	t.Parallel()
	for _, test := range lenientTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := "public_key=" + zeros + "\n" + test.lines + "\nallowed_ip=192.0.2.0/24\npublic_key=" + strings.Repeat("11", 32) + "\nerrno=0\n\n"
			first := test.want
			first.AllowedIPs = append(first.Clone().AllowedIPs, prefixes("192.0.2.0/24")...)
			want := &wgtypes.Device{Peers: []wgtypes.Peer{first, {PublicKey: repeated(0x11)}}}
			got, err := uapi.ParseDevice(strings.NewReader(text), time.Time{})
			if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
				t.Errorf("ParseDevice(%q) = %v (-want +got):\n%s", text, err, diff)
			}
			got, err = uapi.ParseDevice(iotest.OneByteReader(strings.NewReader(text)), time.Time{})
			if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
				t.Errorf("ParseDevice(%q) byte by byte = %v (-want +got):\n%s", text, err, diff)
			}
		})
	}
}

// TestParseDeviceIgnoresPeerKeysFirst has keys of a peer before the first peer.
func TestParseDeviceIgnoresPeerKeysFirst(t *testing.T) {
	t.Parallel()
	text := "endpoint=x\nallowed_ip=x\nprivate_key=" + strings.Repeat("48", 32) + "\npublic_key=" + zeros + "\nerrno=0\n\n"
	key := wgtypes.NewPrivateKey(repeated(0x48))
	want := &wgtypes.Device{PrivateKey: key, PublicKey: key.PublicKey(), Peers: []wgtypes.Peer{{}}}
	got, err := uapi.ParseDevice(strings.NewReader(text), time.Time{})
	if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
		t.Errorf("ParseDevice(%q) = %v (-want +got):\n%s", text, err, diff)
	}
}

// TestParseSetIsStrict checks that ParseSet does not accept what only replies may
// have.
func TestParseSetIsStrict(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"endpoint=2001:db8::1:51820", "endpoint=[192.0.2.1]:5", "persistent_keepalive_interval=65536", "persistent_keepalive_interval=25-65536",
		"persistent_keepalive_interval=30-22", "persistent_keepalive_interval=30-", "jc=4",
		"allowed_ip=10.0.0.0/08", "private_key=" + zeros,
	} {
		text := "public_key=" + zeros + "\n" + line + "\n\n"
		if c, err := uapi.ParseSet(strings.NewReader(text)); err == nil {
			t.Errorf("ParseSet(%q) = %v, %v, want an error", text, c, err)
		}
	}
}
