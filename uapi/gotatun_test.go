package uapi_test

import (
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestParseDeviceGotaTun reads a reply of GotaTun at once and byte by byte. The values of
// its DAITA keys can end with '='. The Decoder ignores these keys, and other unknown keys
// with such values.
func TestParseDeviceGotaTun(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("48", 32)
	text := strings.Join([]string{
		"private_key=" + key, "listen_port=0", "fwmark=7", "daita_later=x==", "later==",
		"public_key=" + strings.Repeat("11", 32), "endpoint=192.0.2.1:5", "last_handshake_time_sec=5", "last_handshake_time_nsec=6",
		"rx_bytes=1", "tx_bytes=2",
		"daita_enable=1", "daita_machine=02eNpjYEAHjKhcAA", "daita_machine=02eNpjYEAHjKhcAAA=", "daita_machine=02eNpjYEAHjKhcAA==",
		"daita_machine=a=b", "daita_machine==", "daita_max_delayed_packets=1024", "daita_min_delay_capacity=50",
		"daita_max_decoy_frac=0.5", "daita_max_delay_frac=0", "daita_rx_padding_bytes=3", "daita_tx_padding_bytes=4",
		"daita_rx_decoy_packet_bytes=5", "daita_tx_decoy_packet_bytes=6", "later=", "later==",
		"allowed_ip=10.0.0.0/8", "public_key=" + strings.Repeat("22", 32), "rx_bytes=0", "tx_bytes=0", "errno=0", "", "",
	}, "\n")
	private := wgtypes.NewPrivateKey(repeated(0x48))
	want := &wgtypes.Device{PrivateKey: private, PublicKey: private.PublicKey(), FirewallMark: 7, Peers: []wgtypes.Peer{
		{
			PublicKey: repeated(0x11), Endpoint: netip.MustParseAddrPort("192.0.2.1:5"), LastHandshake: time.Unix(5, 6).UTC(),
			ReceiveBytes: 1, TransmitBytes: 2, AllowedIPs: prefixes("10.0.0.0/8"),
		},
		{PublicKey: repeated(0x22)},
	}}
	got, err := uapi.ParseDevice(strings.NewReader(text), time.Time{})
	if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
		t.Errorf("ParseDevice(%q) = %v (-want +got):\n%s", text, err, diff)
	}
	got, err = uapi.ParseDevice(iotest.OneByteReader(strings.NewReader(text)), time.Time{})
	if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
		t.Errorf("ParseDevice(%q) byte by byte = %v (-want +got):\n%s", text, err, diff)
	}
}
