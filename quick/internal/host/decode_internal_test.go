//go:build linux

package host

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// Decoding the message of a rule gives the rule.
func FuzzRule(f *testing.F) {
	f.Add(true, uint32(0), true, uint32(51820), uint32(51820), int64(-1))
	f.Add(false, uint32(32764), false, uint32(0), uint32(254), int64(0))
	f.Fuzz(func(t *testing.T, ipv6 bool, priority uint32, invert bool, mark, table uint32, suppress int64) {
		want := Rule{IPv6: ipv6, Priority: priority, Invert: invert, Mark: mark, Table: table}
		if suppress >= 0 && suppress <= 128 {
			n := uint32(suppress)
			want.SuppressPrefixLength = &n
		}
		b, err := ruleMessage(want).MarshalBinary()
		if err != nil {
			t.Fatalf("MarshalBinary of %v = %v, want no error", want, err)
		}
		if got, err := decodeRule(b); err != nil || !cmp.Equal(got, want) {
			t.Errorf("decodeRule(%x) = %+v, %v, want %+v", b, got, err, want)
		}
	})
}

// Decoding the request for a route gives the route.
func FuzzRoute(f *testing.F) {
	f.Add([]byte{10, 0, 0, 0}, uint8(8), 3, uint32(254), uint32(0))
	f.Add([]byte{15: 0}, uint8(0), 3, uint32(51820), uint32(1024))
	f.Add([]byte{10: 0xff, 11: 0xff, 15: 0}, uint8(96), 3, uint32(1), uint32(1024))
	f.Fuzz(func(t *testing.T, address []byte, bits uint8, index int, table, metric uint32) {
		addr, ok := netip.AddrFromSlice(address)
		if !ok || index <= 0 || index > 1<<31-1 || table == 0 {
			return
		}
		prefix, err := addr.Prefix(int(bits))
		if err != nil {
			return
		}
		want := Route{Prefix: prefix, Index: index, Table: table, Metric: metric}
		requests, err := routeRequests(unix.RTM_NEWROUTE, 0, []Route{want})
		if err != nil {
			t.Fatalf("routeRequests(%+v) = %v, want no error", want, err)
		}
		got, ok, err := decodeRoute(requests[0].Data, prefix.Addr().Is6())
		if err != nil || !ok || got.Route != want {
			t.Errorf("decodeRoute(%x) = %+v, %v, %v, want %+v", requests[0].Data, got, ok, err, want)
		}
	})
}

// Decoding ends with a value or an error, whatever the bytes are.
func FuzzDecode(f *testing.F) {
	f.Add(make([]byte, ruleHeader))
	f.Add(make([]byte, unix.SizeofIfInfomsg))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := decodeRule(b); err == nil && len(b) < ruleHeader {
			t.Errorf("decodeRule(%x) = nil, want an error", b)
		}
		if _, err := decodeLink(b); err == nil && len(b) < unix.SizeofIfInfomsg {
			t.Errorf("decodeLink(%x) = nil, want an error", b)
		}
		if _, _, err := decodeRoute(b, true); err == nil && len(b) < unix.SizeofRtMsg {
			t.Errorf("decodeRoute(%x) = nil, want an error", b)
		}
	})
}
