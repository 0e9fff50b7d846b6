package kerneltest_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// windowsRequest returns a SET without settings, for one peer with one IPv4 prefix.
func windowsRequest() []byte {
	b := make([]byte, 80+136+24)
	le := binary.LittleEndian
	le.PutUint32(b[72:], 1)        // peers
	le.PutUint32(b[80:], 1)        // HAS_PUBLIC_KEY
	b[80+8] = 9                    // the key
	le.PutUint32(b[80+128:], 1)    // allowed IPs
	b[80+136] = 10                 // 10.0.0.0
	le.PutUint16(b[80+136+16:], 2) // AF_INET
	b[80+136+18] = 8               // /8
	return b
}

// openWindows returns a handle of a new adapter.
func openWindows(t *testing.T) (*kerneltest.Windows, wgwindows.Handle) {
	t.Helper()
	k := kerneltest.NewWindows()
	k.AddAdapter("wg0", "1.0", true)
	list, err := k.Adapters()
	if err != nil {
		t.Fatal(err)
	}
	h, err := k.Open(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	return k, h
}

const (
	windowsGet = 0xb098c506
	windowsSet = 0xb098c509
)

// TestWindowsRefusesStrayBytes changes each byte of a request that has no meaning there.
// The driver would ignore most of them; the fake must not.
func TestWindowsRefusesStrayBytes(t *testing.T) {
	t.Parallel()
	valid := windowsRequest()
	want := testutil.Peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{9}, AllowedIPs: testutil.Prefixes("10.0.0.0/8")})
	if c, err := kerneltest.DecodeWindowsSet(valid); err != nil || !slices.Equal(c.Peers[0].AllowedIPs, want.Peers[0].AllowedIPs) {
		t.Fatalf("DecodeWindowsSet() = %v, %v, want %v", c, err, want)
	}
	for i := range valid {
		b := slices.Clone(valid)
		b[i] ^= 0x10
		isKey, isAddress, isMask := i >= 88 && i < 120, i == 80+136, i == 80+136+18
		want := isKey || isAddress || isMask // the mask becomes 24
		if _, err := kerneltest.DecodeWindowsSet(b); (err == nil) != want {
			t.Errorf("DecodeWindowsSet() with another byte %d = %v, want success: %t", i, err, want)
		}
	}
	for n := range valid {
		if _, err := kerneltest.DecodeWindowsSet(valid[:n]); err == nil {
			t.Errorf("DecodeWindowsSet() of %d bytes = nil, want an error", n)
		}
	}
	if _, err := kerneltest.DecodeWindowsSet(append(valid, 0)); err == nil {
		t.Error("DecodeWindowsSet() with another byte = nil, want an error")
	}
}

// TestWindowsKeepsAppliedPeers sends a request whose second peer is cut off: the first one
// stays.
func TestWindowsKeepsAppliedPeers(t *testing.T) {
	t.Parallel()
	k, h := openWindows(t)
	b := windowsRequest()
	binary.LittleEndian.PutUint32(b[72:], 2)
	if _, err := h.Control(windowsSet, b); !errors.Is(err, wgwindows.ErrInvalidParameter) {
		t.Errorf("Control() = %v, want %v", err, wgwindows.ErrInvalidParameter)
	}
	d, err := testutil.ReadDevice(t.Context(), k.Backend(), "wg0")
	if err != nil || len(d.Peers) != 1 || d.Peers[0].PublicKey != (wgtypes.PublicKey{9}) {
		t.Errorf("device = %v, %v, want the first peer", d, err)
	}
}

// TestWindowsGet checks that a short buffer gets a part of the state, that the size is
// that of the whole, and that fields without a flag are not written.
func TestWindowsGet(t *testing.T) {
	t.Parallel()
	k, h := openWindows(t)
	if err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", testutil.Peers(
		wgtypes.PeerConfig{PublicKey: testutil.PeerA, PersistentKeepalive: new(time.Second)}, testutil.Allow(testutil.PeerB, "10.0.0.0/8"))); err != nil {
		t.Fatal(err)
	}
	const whole = 80 + 2*136 + 24
	for size, peers := range map[int]uint32{0: 0, 79: 0, 80: 0, 80 + 136: 1, whole - 1: 1} {
		b := make([]byte, size)
		n, err := h.Control(windowsGet, b)
		if n != whole || err != wgwindows.ErrMoreData {
			t.Errorf("Control(GET) of %d bytes = %d, %v, want %d, %v", size, n, err, whole, wgwindows.ErrMoreData)
		}
		if size >= 80 && binary.LittleEndian.Uint32(b[72:]) != peers {
			t.Errorf("Control(GET) of %d bytes writes %d peers, want %d", size, binary.LittleEndian.Uint32(b[72:]), peers)
		}
	}
	b := make([]byte, whole)
	if n, err := h.Control(windowsGet, b); n != whole || err != nil {
		t.Errorf("Control(GET) = %d, %v, want %d, nil", n, err, whole)
	}
	for _, at := range []int{4, 6, 38, 80 + 40, 80 + 76, whole - 20, whole - 4} {
		if b[at] != 0xa5 {
			t.Errorf("byte %d = %#x, want %#x because the driver does not write it", at, b[at], 0xa5)
		}
	}
}

func TestWindowsRequests(t *testing.T) {
	t.Parallel()
	k, h := openWindows(t)
	if _, err := h.Control(0xb098c50c, make([]byte, 4)); err != wgwindows.ErrInvalidFunction {
		t.Errorf("Control() of an unknown request = %v, want %v", err, wgwindows.ErrInvalidFunction)
	}
	if _, err := k.Open("missing"); err != wgwindows.ErrFileNotFound {
		t.Errorf("Open() of a missing path = %v, want %v", err, wgwindows.ErrFileNotFound)
	}
	k.SetElevated(false)
	for _, code := range []uint32{windowsGet, windowsSet} {
		if _, err := h.Control(code, windowsRequest()); err != wgwindows.ErrAccessDenied {
			t.Errorf("Control(%#x) without privilege = %v, want %v", code, err, wgwindows.ErrAccessDenied)
		}
	}
	k.SetElevated(true)
	k.RemoveAdapter("wg0")
	if _, err := h.Control(windowsGet, make([]byte, 80)); err != wgwindows.ErrGenFailure {
		t.Errorf("Control() of a removed adapter = %v, want %v", err, wgwindows.ErrGenFailure)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}
