package wgfreebsd_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// dataIO is the layout of struct wg_data_io, and the ioctls, by the size of pointers. The
// numbers are what clang prints for testdata/layout.c: 8 for amd64, arm64 and riscv64,
// 4 for 386 and arm.
var dataIO = map[int]struct {
	pointer, size, len int
	set, get           uint32
}{
	8: {16, 24, 32, 0xc02069d2, 0xc02069d3},
	4: {16, 20, 24, 0xc01869d2, 0xc01869d3},
}

// TestDataIO checks struct wg_data_io as the backend sends it.
func TestDataIO(t *testing.T) {
	t.Parallel()
	for pointerLen, want := range dataIO {
		k := map[int]*kerneltest.FreeBSD{8: kerneltest.NewFreeBSD(), 4: kerneltest.NewFreeBSD32()}[pointerLen]
		k.AddDevice("wg0")
		config := k.Config()
		var requests []uint32
		config.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
			requests = append(requests, request)
			if pointer != want.pointer || len(arg) != want.len {
				t.Errorf("request %#x: %d bytes with a pointer at %d, want %d, %d", request, len(arg), pointer, want.len, want.pointer)
			}
			name, size := string(arg[:16]), uint64(binary.NativeEndian.Uint32(arg[want.size:]))
			if pointerLen == 8 {
				size = binary.NativeEndian.Uint64(arg[want.size:])
			}
			if name != "wg0"+strings.Repeat("\x00", 13) || size != uint64(len(data)) {
				t.Errorf("request %#x: name %q and size %d, want \"wg0\" with zeros and %d", request, name, size, len(data))
			}
			return k.Ioctl(request, arg, pointer, data)
		}
		d, err := wgfreebsd.NewWith(config).Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Configure(t.Context(), wgtypes.Config{}, nil); err != nil {
			t.Errorf("Configure() = %v, want nil", err)
		}
		if both := []uint32{want.get, want.set}; !slices.Equal(requests, both) {
			t.Errorf("requests of Open and Configure = %#x, want %#x", requests, both)
		}
	}
}

// TestSockaddr checks the bytes of struct sockaddr_in and sockaddr_in6. The length is
// stated, and AF_INET6 is 28, also where this test runs on another system.
func TestSockaddr(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]byte{
		"192.0.2.1:4660": {16, 2, 0x12, 0x34, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"[2001:db8::1]:4660": {
			28, 28, 0x12, 0x34, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
		},
		"[fe80::1%259]:4660": {
			28, 28, 0x12, 0x34, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 0, 0,
		},
	} {
		c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, Endpoint: netip.MustParseAddrPort(text)})
		l := nvlist.NewCursor(wgfreebsd.AppendSet(nil, &c))
		var got []byte
		for l.Next() && l.Element() {
			for l.Next() {
				if string(l.Name()) == "endpoint" {
					got = l.Binary()
				}
			}
		}
		if string(got) != string(want) {
			t.Errorf("endpoint %s = %x, want %x", text, got, want)
		}
	}
}
