package wgcompare

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// FuzzFiles gives files to addconf of the original and to package wgconf. Both
// must reject a file or get the same result from it, unless docs/wg.md lists it.
func FuzzFiles(f *testing.F) {
	p, err := findPrograms()
	if err != nil || os.Geteuid() != 0 {
		if os.Getenv("WGTEST_REFERENCE") != "" {
			f.Fatalf("findPrograms() = %v as user %d, want the original and root, since WGTEST_REFERENCE is set", err, os.Geteuid())
		}
		f.Skipf("needs the original wg and root: %v", err)
	}
	const seeds = 500 // compared also without fuzzing
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 7))
		f.Add([]byte(testutil.RandomFile(r, zeroKey, keys["A"], keys["A"], keys["B"], keys["C"], keys["OWN"], keys["A"][:43])))
		f.Add([]byte(plausible(r)))
	}
	f.Add([]byte("[Peer]\nPublicKey=" + keys["A"] + "\nEndpoint = 20018db8::1:5\nEndpoint = 192.0.2.1:5\n")) // a name that is replaced
	w, err := newWorld(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(w.End)
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Bind: steadyBind{wireguardgo.Offline()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { dev.Close() })
	stop, err := w.serve("wg0", dev)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(stop)
	path := filepath.Join(f.TempDir(), "conf")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		compareFile(t, w, dev, path, text)
	})
}

const zeroKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// plausible returns a file that is likely to be valid.
func plausible(r *rand.Rand) string {
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	b.WriteString(one("", "[Interface]\n", "[Interface]\nListenPort = "+one("0", "7", "65535", "070")+"\n", "[Interface]\nFwMark = "+one("off", "0x7", "9", "0")+"\n",
		"[Interface]\nPrivateKey = "+one(keys["A"], zeroKey, keys["C"])+"\n"))
	for range r.IntN(4) {
		b.WriteString("[Peer]\nPublicKey=" + one(keys["A"], keys["B"], keys["OWN"], zeroKey) + "\n")
		for range r.IntN(4) {
			b.WriteString(one(
				"PresharedKey = "+one(keys["C"], zeroKey), "PersistentKeepalive = "+one("off", "0", "25", "65535"), "AllowedIPs =",
				"Endpoint = "+one("192.0.2.1:5", "[2001:db8::1]:7", "[::ffff:192.0.2.1]:5", "2001:db8::1:5", "192.0.2.1:0"),
				"AllowedIPs = "+one("", "+", "-")+one("10.0.0.0/8", "10.1.2.3/16", "::/0", "10.9.9.9")+one("", ", 10.2.0.0/16", ", +10.3.0.0/16", ", -10.0.0.0/8", ","),
			) + "\n")
		}
	}
	return b.String()
}

func compareFile(t *testing.T, w *world, dev uapi.Device, path string, text []byte) {
	base := wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{1: 1, 31: 0x40})), ListenPort: new(uint16(9)), FirewallMark: new(uint32(5)), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{PublicKey: mustKey(keys["A"]), AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.3.0.0/16")}},
			{PublicKey: mustKey(keys["C"]), AllowedIPs: []netip.Prefix{netip.MustParsePrefix("::/0")}, PresharedKey: new(wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{7}))},
		},
	}
	have := deviceAfter(t, dev, base)
	theirs, err := w.run(command{
		program: "wg", args: []string{"addconf", "wg0", path}, env: []string{"WG_ENDPOINT_RESOLUTION_RETRIES=0"},
	}, referenceTool, "/")
	if err != nil {
		t.Fatal(err)
	}
	change, ours := parsed(text)
	if errors.Is(ours, errListed) {
		return
	}
	if (ours == nil) != (theirs.code == 0) {
		t.Fatalf("Parse(%q) = %v, want an error if and only if wg fails; it returns %d, %s", text, ours, theirs.code, theirs.stderr)
	}
	got := readDevice(t, dev)
	if ours != nil {
		if diff := cmp.Diff(have, got, sameDevice...); diff != "" {
			t.Errorf("the device after wg rejected %q (-want +got):\n%s", text, diff)
		}
		return
	}
	deviceAfter(t, dev, base)
	want := deviceAfter(t, dev, wginternal.Normalize(change))
	if diff := cmp.Diff(want, got, sameDevice...); diff != "" {
		t.Errorf("the device after %q, by package wgconf and by wg (-want +got):\n%s", text, diff)
	}
}

// errListed means that wgconf and wg are known to differ for the file.
var errListed = errors.New("listed as a difference")

// parsed parses a file with package wgconf. It returns errListed if docs/wg.md lists a
// difference for the file, or if wgconf takes it for one of another format: wg ignores
// what follows a NUL byte in a line.
func parsed(text []byte) (wgtypes.Config, error) {
	settings, err := wgconf.Parse("", text).Settings(wgconf.DialectWG)
	if errors.Is(err, wgconf.ErrOtherFormat) {
		return wgtypes.Config{}, errListed
	}
	if err != nil {
		var value *wgconf.Problem
		if errors.As(err, &value) && value.Err == wgconf.ErrInvalidValue && (value.Key == "ListenPort" || value.Key == "Endpoint") {
			return wgtypes.Config{}, errListed // port-range, legacy-ipv4
		}
		return wgtypes.Config{}, err
	}
	// The original resolves each endpoint, including those that a later line replaces.
	for line := range wgconf.Parse("", text).Lines(wgconf.DialectWG) {
		if line.Key != "Endpoint" {
			continue
		}
		e, err := wgconf.ParseEndpoint(line.Value())
		if err != nil {
			return wgtypes.Config{}, err
		}
		if addr, err := netip.ParseAddr(e.Host); err != nil || addr.Zone() != "" {
			return wgtypes.Config{}, errListed // resolver, legacy-ipv4; zones have no interface here
		}
	}
	return settings.AddConfig()
}

func mustKey(text string) wgtypes.PublicKey {
	k, err := wgtypes.ParsePublicKey(text)
	if err != nil {
		panic(err)
	}
	return k
}

// deviceAfter changes a device and reads it.
func deviceAfter(t *testing.T, dev uapi.Device, c wgtypes.Config) *wgtypes.Device {
	t.Helper()
	request := uapi.AppendSet(nil, c)
	if err := dev.IpcSetOperation(bytes.NewReader(request[len("set=1\n"):])); err != nil {
		t.Fatal(err)
	}
	return readDevice(t, dev)
}

func readDevice(t *testing.T, dev uapi.Device) *wgtypes.Device {
	t.Helper()
	var b bytes.Buffer
	if err := dev.IpcGetOperation(&b); err != nil {
		t.Fatal(err)
	}
	d, err := uapi.ParseDevice(bytes.NewReader(uapi.AppendErrno(b.Bytes(), 0)), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var sameDevice = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{}),
	cmpopts.SortSlices(func(a, b wgtypes.Peer) bool { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) < 0 }),
	cmpopts.SortSlices(func(a, b netip.Prefix) bool { return a.String() < b.String() }),
}
