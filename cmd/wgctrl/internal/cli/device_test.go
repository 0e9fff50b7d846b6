package cli

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWriteNoDevices checks that only the places that were searched are listed.
func TestWriteNoDevices(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("pipes have a fixed place")
	}
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	kernel := "  the kernel: " + kernelStatus() + "\n"
	sockets := "  the sockets of daemons: no NAME.sock in " + dir + " answers\n  the sockets of daemons: " + missing + " does not exist\n"
	amneziaKernel := "  AmneziaWG in the kernel: " + amneziaStatus() + "\n"
	loaded := "" // the line about the module if it is not named
	if runtime.GOOS == "linux" && moduleIsLoaded(amneziaModule) {
		loaded = amneziaKernel
	}
	for _, test := range []struct {
		backends []string
		want     string
	}{
		{[]string{"amneziawg-kernel"}, amneziaKernel},
		{[]string{"amneziawg-userspace", "amneziawg-kernel"}, amneziaKernel + "  the sockets of AmneziaWG daemons: " + socketDirStatus(uapinet.AmneziaSocketDir) + "\n"},
		{nil, kernel + loaded + sockets}, {[]string{"kernel"}, kernel}, {[]string{"userspace"}, sockets}, {[]string{"userspace", "kernel"}, kernel + sockets},
	} {
		var out strings.Builder
		writeNoDevices(&out, clientFlags{backends: test.backends, socketDirs: []string{dir, missing}})
		if want := "no WireGuard devices found; looked at\n" + test.want; out.String() != want {
			t.Errorf("writeNoDevices for the backends %q prints\n%s\nwant\n%s", test.backends, out.String(), want)
		}
	}
}

// TestWriteList checks the values of devices without a key or port, and of devices
// that cannot be read.
func TestWriteList(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	writeList(&out, []listedDevice{
		{wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel}, &wgtypes.Device{ListenPort: 7, Peers: make([]wgtypes.Peer, 3), PublicKey: wgtypes.PublicKey{1}}},
		{wgtypes.DeviceRef{Name: "wg1", Kind: wgtypes.KindUserspace}, new(wgtypes.Device)},
		{wgtypes.DeviceRef{Name: "wg2", Kind: wgtypes.KindUserspace}, nil},
	})
	want := `NAME  KIND       PUBLIC KEY                                    PORT    PEERS
wg0   kernel     AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=  7       3
wg1   userspace  (none)                                        (none)  0
wg2   userspace  -                                             -       -
`
	if out.String() != want {
		t.Errorf("writeList prints\n%s\nwant\n%s", out.String(), want)
	}
}

// TestAddOptions checks that add passes its flags on: the library refuses this MTU.
func TestAddOptions(t *testing.T) {
	t.Parallel()
	code, _, errs := runCommand(t, "add", "--mtu", "-1", "wg0")
	if code != 1 || !strings.HasPrefix(errs, `wgctrl: create "wg0" (kernel): MTU`) || strings.Count(errs, "\n") != 1 {
		t.Errorf("add --mtu -1 wg0 = %d, stderr %q, want 1, one line about the MTU", code, errs)
	}
}
