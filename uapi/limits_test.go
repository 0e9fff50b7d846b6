package uapi

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestFastPathLimits replaces each number of a peer in the order of the fast path
// by a number around its limit. The slow path must return the same.
func TestFastPathLimits(t *testing.T) {
	t.Parallel()
	limits := map[string][]string{
		"protocol_version":              {"2147483647", "2147483648"},
		"last_handshake_time_sec":       {"253402300799", "253402300800", "9223372036854775808"},
		"last_handshake_time_nsec":      {"999999999", "1000000000"},
		"tx_bytes":                      {"9999999999999999999", "18446744073709551615", "18446744073709551616"},
		"rx_bytes":                      {"9999999999999999999", "18446744073709551615", "18446744073709551616"},
		"persistent_keepalive_interval": {"65535", "65536", "25-30"},
		"endpoint":                      {"192.0.2.1:65535", "192.0.2.1:65536", "[::ffff:192.0.2.1]:5", "[::1]:65536", "fe80::1%a:5"},
	}
	lines := strings.Split(string(AppendDevice(nil, &wgtypes.Device{Peers: orderedPeers()[1:2]})), "\n")
	for i, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		for _, other := range limits[key] {
			lines[i] = key + "=" + other
			text := strings.Join(lines, "\n")
			slow, slowErr := ParseDevice(iotest.OneByteReader(strings.NewReader(text)), time.Time{})
			fast, fastErr := ParseDevice(strings.NewReader(text), time.Time{})
			if (fastErr == nil) != (slowErr == nil) {
				t.Errorf("ParseDevice with %s = %v at once, want %v as byte by byte", lines[i], fastErr, slowErr)
			}
			if diff := cmp.Diff(slow, fast, sameAddresses); diff != "" {
				t.Errorf("ParseDevice with %s (-want byte by byte +got at once):\n%s", lines[i], diff)
			}
		}
		lines[i] = key + "=" + value
		if key == "" {
			lines[i] = ""
		}
		delete(limits, key)
	}
	if len(limits) > 0 {
		t.Errorf("keys that were not tested = %v, want none", limits)
	}
}

// TestParseSetPeerLimit adds a peer to a request with the largest number of peers.
func TestParseSetPeerLimit(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{MaxPeers - 1: true, MaxPeers: false} {
		s := &setParser{config: wgtypes.Config{Peers: make([]wgtypes.PeerConfig, n, MaxPeers)}}
		s.beginPeer([]byte(hexZeros))
		if ok != (s.err == nil) || !ok && !errors.Is(s.err, ErrProtocol) {
			t.Errorf("peer %d = %v, want success: %t", n+1, s.err, ok)
		}
	}
}

// TestDecoderPeerLimit begins a peer of a reply that has the largest number of peers.
func TestDecoderPeerLimit(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{MaxPeers - 1: true, MaxPeers: false} {
		d := NewDecoder(strings.NewReader(""), time.Time{})
		d.peers = n
		if d.begin([]byte(hexZeros)); ok != (d.err == nil) || !ok && !errors.Is(d.err, ErrProtocol) {
			t.Errorf("peer %d = %v, want success: %t", n+1, d.err, ok)
		}
	}
}

// TestErrorsAreShort has requests and replies with long keys and values, which the
// errors must not quote.
func TestErrorsAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", MaxLine/2)
	for _, text := range []string{long + "=1\n\n", long + "\n\n", "listen_port=" + long + "\n\n", "public_key=" + long + "\n\n"} {
		_, err := ParseSet(strings.NewReader(text))
		_, getErr := ParseDevice(strings.NewReader(text), time.Time{})
		for _, err := range []error{err, getErr, ParseErrno(strings.NewReader(text))} {
			if err == nil || len(err.Error()) > 200 || strings.Contains(err.Error(), "kkk") {
				t.Errorf("error of %.20q = %.300v, want an error of at most 200 bytes without the text", text, err)
			}
		}
	}
}
