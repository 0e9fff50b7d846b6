package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

func TestWritePartial(t *testing.T) {
	t.Parallel()
	peers := func(n int) (list []wgtypes.PeerConfig) {
		for i := range n {
			list = append(list, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i + 1)}})
		}
		return list
	}
	var out strings.Builder
	writePartial(&out, &wgctrl.PartialError{
		Applied: wgtypes.Config{
			PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32), Amnezia: new(wgtypes.AmneziaConfig), ReplacePeers: true,
		},
		Unknown: wgtypes.Config{Peers: peers(1)},
		NotSent: wgtypes.Config{Peers: peers(2)},
		Err:     errors.New("no"),
	})
	want := `  applied: the private key; the listening port; the firewall mark; the parameters of AmneziaWG; the removal of all other peers
  perhaps applied: peer AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
  not sent: 2 peers, from AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= to AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`
	if out.String() != want {
		t.Errorf("writePartial prints\n%s\nwant\n%s", out.String(), want)
	}
}

// TestPermissionHint checks that root is not told to run as root.
func TestPermissionHint(t *testing.T) {
	t.Parallel()
	for euid, want := range map[int]string{-1: "run as administrator", 0: "root lacks a ", 1000: "run as root"} {
		if got := permissionHint(euid); !strings.Contains(got, want) {
			t.Errorf("permissionHint(%d) = %q, want it to contain %q", euid, got, want)
		}
	}
}

// TestUntrustedNames checks that every place that prints a device name replaces or
// escapes control characters. The kernel accepts nearly all bytes in link names.
func TestUntrustedNames(t *testing.T) {
	t.Parallel()
	const name = "\x1b]0;x\u009b"
	const asJSON = `"name": "\u001b]0;x\u009b",`
	ref := wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel}
	for what, test := range map[string]struct {
		write func(io.Writer)
		want  string
	}{
		"list": {func(w io.Writer) { writeList(w, []listedDevice{{DeviceRef: ref}}) }, "?]0;x?  kernel"},
		"hint": {func(w io.Writer) {
			_, _ = io.WriteString(w, existingDevices([]wgtypes.DeviceRef{ref, {Name: "wg1"}}))
		}, "existing devices: ?]0;x?, wg1"},
		"error": {func(w io.Writer) { report(w, errors.New("wgctrl: "+name+"\nmore")) }, "wgctrl: ?]0;x?\nmore\n"},
		"device JSON": {func(w io.Writer) {
			v := viewer{show: fieldAll}
			if err := v.writeDevice(w, &wgtypes.Device{Name: name}); err != nil {
				t.Error(err)
			}
		}, asJSON},
		"no change": {func(w io.Writer) { writeChange(w, &wgtypes.Device{Name: name}, wgtypes.Config{}, nil) }, "?]0;x?: nothing to change\n"},
		"change": {func(w io.Writer) {
			peer := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1}}
			writeChange(w, &wgtypes.Device{Name: name}, wgtypes.Config{Peers: []wgtypes.PeerConfig{peer}}, func(wgtypes.PublicKey) string { return name })
		}, "?]0;x?:\n  + peer " + wgtypes.PublicKey{1}.String() + " (?]0;x?)\n"},
		"names JSON": {func(w io.Writer) { _ = writeJSON(w, []wgtypes.DeviceRef{ref}) }, asJSON},
	} {
		var text strings.Builder
		test.write(&text)
		if got := text.String(); !strings.Contains(got, test.want) || strings.ContainsAny(got, "\x1b\u009b") {
			t.Errorf("%s prints %q, want %q in it and no escape sequences", what, got, test.want)
		}
	}
}

// TestHint checks the hints for errors of the library, as root and as a user.
func TestHint(t *testing.T) {
	t.Parallel()
	kernel, user := wgtypes.KindKernel, wgtypes.KindUserspace
	amneziaKernel, amneziaUser := wgtypes.KindAmneziaKernel, wgtypes.KindAmneziaUserspace
	module := ""
	if runtime.GOOS == "linux" && !moduleIsLoaded(amneziaModule) {
		module = "the amneziawg module is not loaded; run: modprobe amneziawg"
	}
	distrust := fmt.Errorf("refusing to send a key: %w", fs.ErrPermission)
	answer := &wgctrl.PartialError{Err: syscall.EPERM}
	busy := &wgctrl.PartialError{Unknown: wgtypes.Config{ListenPort: new(uint16(51820))}, Err: syscall.EADDRINUSE}
	later := &wgctrl.PartialError{NotSent: wgtypes.Config{ListenPort: new(uint16(7))}, Err: syscall.EADDRINUSE}
	const daemon = "the daemon itself lacks a privilege"
	const reload = `run "wgctrl reload" to apply the file to a running interface`
	const port = "the UDP port of the device is used by another device or program"
	for _, test := range []struct {
		err          error
		root, others string
	}{
		{&wgctrl.OpError{Op: "read", Kind: kernel, Err: syscall.EPERM}, permissionHint(0), permissionHint(1)},
		{&wgctrl.OpError{Op: "configure", Kind: kernel, Err: &wgctrl.PartialError{Err: syscall.EPERM}}, permissionHint(0), permissionHint(1)},
		{&wgctrl.OpError{Op: "read", Kind: user, Err: &fs.PathError{Err: syscall.EACCES}}, permissionHint(0), permissionHint(1)},
		{&wgctrl.OpError{Op: "configure", Kind: user, Err: distrust}, distrustHint(runtime.GOOS), distrustHint(runtime.GOOS)},
		{&wgctrl.OpError{Op: "configure", Kind: kernel, Err: fs.ErrPermission}, permissionHint(0), permissionHint(1)},
		{&wgctrl.OpError{Op: "sync", Kind: user, Err: answer}, daemon, daemon},
		{&wgctrl.OpError{Op: "sync", Kind: user, Err: busy}, "UDP port 51820 is used by another device or program", "UDP port 51820 is used by another device or program"},
		{&wgctrl.OpError{Op: "sync", Kind: kernel, Err: later}, "UDP port 7 is used by another device or program", "UDP port 7 is used by another device or program"},
		{&wgctrl.OpError{Op: "create", Kind: kernel, Err: syscall.EADDRINUSE}, port, port},
		{&wgctrl.OpError{Op: "sync", Kind: user, Err: &wgctrl.PartialError{Unknown: wgtypes.Config{ListenPort: new(uint16)}, Err: syscall.EADDRINUSE}}, port, port},
		{&wgctrl.OpError{Op: "read", Kind: user, Err: os.ErrDeadlineExceeded}, "", ""},
		{&wgctrl.OpError{Op: "read", Device: "wg0", Kind: user, Err: &uapi.DeviceError{Errno: syscall.ENOENT}}, "", ""},
		{&wgctrl.OpError{Op: "sync", Device: "wg0", Kind: user, Err: &uapi.DeviceError{Errno: syscall.ENOENT}}, "", ""},
		{&wgctrl.OpError{Op: "read", Device: "wg0", Kind: user, Err: &uapi.DeviceError{Errno: syscall.EPERM}}, daemon, daemon},
		{errors.Join(&wgctrl.OpError{Op: "read", Device: "wg0", Kind: user, Err: &uapi.DeviceError{Errno: syscall.ENOENT}}, &wgctrl.OpError{Op: "read", Kind: kernel, Err: syscall.EPERM}), permissionHint(0), permissionHint(1)},
		{&wgctrl.OpError{Op: "configure", Kind: amneziaUser, Err: distrust}, distrustHint(runtime.GOOS), distrustHint(runtime.GOOS)},
		{&wgctrl.OpError{Op: "sync", Kind: amneziaUser, Err: answer}, daemon, daemon},
		{&wgctrl.OpError{Op: "create", Kind: amneziaKernel, Err: errors.ErrUnsupported}, module, module},
		{&wgctrl.OpError{Op: "configure", Kind: amneziaUser, Err: errors.ErrUnsupported}, "", ""},
		{errors.New("no"), "", ""},
		{fs.ErrNotExist, "", ""},
		{fmt.Errorf("up wg0: %w", fs.ErrExist), reload, reload},
		{&wgctrl.OpError{Op: "create", Kind: kernel, Err: fs.ErrExist}, "", ""},
		{errors.Join(&wgctrl.OpError{Op: "read", Kind: kernel, Err: syscall.EPERM}, errors.New("no")), permissionHint(0), permissionHint(1)},
	} {
		for euid, want := range []string{test.root, test.others} {
			if got := (clientFlags{}).hint(t.Context(), test.err, euid); got != want {
				t.Errorf("hint(%v) of user %d = %q, want %q", test.err, euid, got, want)
			}
		}
	}
}

// TestMissingHint checks that the hint for a missing device names other devices only
// if the operation changes nothing.
func TestMissingHint(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	empty := filepath.Join(t.TempDir(), "empty.conf")
	if err := os.WriteFile(empty, []byte("[Interface]\nFwMark = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	peer := filepath.Join(t.TempDir(), "peer.conf")
	if err := os.WriteFile(peer, []byte("[Peer]\nPublicKey = "+watchedKey.PublicKey().String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list := "existing devices: wg0"
	add := `run "wgctrl add" to create a kernel device, or "wgctrl" to list the devices`
	if can, err := kernelCapabilities(); err != nil || !can.Links {
		add = listHint
	}
	for command, want := range map[string]string{
		"show wg5": list, "show wg5 --json": list, "showconf wg5": list,
		"set wg5 fwmark 1": add, "setconf wg5 " + empty: add, "addconf wg5 " + empty: add, "sync wg5 " + empty: add, "sync --dry-run wg5 " + empty: add,
		"syncconf wg5 " + empty: add, "syncconf wg5 " + peer: add,
	} {
		code, _, errs := runCommand(t, append(flags, strings.Fields(command)...)...)
		if hint := "\n  hint: " + want + "\n"; code != 1 || !strings.Contains(errs, hint) || want == add && strings.Contains(errs, "wg0") {
			t.Errorf("Run(%q) = %d, stderr %q, want 1, %q", command, code, errs, hint)
		}
	}
}

// TestDeleteHint checks what del suggests for a device of a daemon.
func TestDeleteHint(t *testing.T) {
	t.Parallel()
	dir, _ := newSocketDir(t)
	startDevice(t, dir, "userdev0")
	cf := clientFlags{backends: []string{"userspace"}, socketDirs: []string{dir}}
	for name, want := range map[string]string{
		"userdev0": "this device belongs to a daemon; stop the daemon to remove it", "missing0": `run "wgctrl" to list the devices`,
	} {
		err := &wgctrl.OpError{Op: "delete", Device: name, Kind: wgtypes.KindKernel, Err: fs.ErrNotExist}
		if got := cf.hint(t.Context(), err, 0); got != want {
			t.Errorf("hint(%v) = %q, want %q", err, got, want)
		}
		if runtime.GOOS != "linux" {
			continue
		}
		code, _, errs := runCommand(t, "--socket-dir", dir, "del", name)
		if text := fmt.Sprintf("wgctrl: delete %q (kernel): no link %q\n  hint: %s\n", name, name, want); code != 1 || errs != text {
			t.Errorf("Run(del %s) = %d, stderr %q, want 1, %q", name, code, errs, text)
		}
	}
}

// TestDistrust checks the error and hint for a directory of sockets that everyone can
// write to, and the flag that skips the check.
func TestDistrust(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("pipes have a fixed place")
	}
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(watchedKey.PublicKey().String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := append(flags, "set", "wg0", "private-key", key)
	code, _, errs := runCommand(t, set...)
	if code != 1 || !strings.Contains(errs, dir+" is writable by everyone (drwxrwxrwx) (--untrusted-sockets skips this check)\n") || !strings.Contains(errs, "  hint: "+distrustHint(runtime.GOOS)+"\n") {
		t.Errorf("Run(%q) = %d, stderr %q, want 1, the directory, %q", set, code, errs, distrustHint(runtime.GOOS))
	}
	set = append(flags, "--untrusted-sockets", "set", "wg0", "private-key", key)
	if code, _, errs := runCommand(t, set...); code != 0 || errs != "" {
		t.Errorf("Run(%q) = %d, stderr %q, want 0, no stderr", set, code, errs)
	}
}

// TestDistrustHint checks that the hint names the check of the system.
func TestDistrustHint(t *testing.T) {
	t.Parallel()
	for goos, want := range map[string]string{"linux": "chmod o-w", "openbsd": "chmod o-w", "windows": "LocalSystem"} {
		if got := distrustHint(goos); !strings.Contains(got, want) {
			t.Errorf("distrustHint(%q) = %q, want %q in it", goos, got, want)
		}
	}
}

// TestExistingDevices checks that the hint is sorted, without duplicates, and not
// too long.
func TestExistingDevices(t *testing.T) {
	t.Parallel()
	refs := []wgtypes.DeviceRef{{Name: "wg1"}, {Name: "wg0", Kind: wgtypes.KindKernel}, {Name: "wg0", Kind: wgtypes.KindUserspace}}
	if got, want := existingDevices(refs), "existing devices: wg0, wg1"; got != want {
		t.Errorf("existingDevices = %q, want %q", got, want)
	}
	for i := 2; i < 10; i++ {
		refs = append(refs, wgtypes.DeviceRef{Name: fmt.Sprintf("wg%d", i)})
	}
	if got, want := existingDevices(refs), "existing devices: wg0, wg1, wg2, wg3, wg4, wg5, wg6, wg7 and 2 more"; got != want {
		t.Errorf("existingDevices of 10 devices = %q, want %q", got, want)
	}
	if got := existingDevices(nil); got != "" {
		t.Errorf("existingDevices(nil) = %q, want none", got)
	}
}

// TestPortInUse checks that the hint names the protocol and the port, for set and
// sync.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	other, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	d, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Dir: dir})
	if err != nil {
		t.Skip(err) // on Windows only administrators may create pipes
	}
	defer d.Close()
	port := other.LocalAddr().(*net.UDPAddr).Port
	file := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, "[Interface]\nListenPort = %d\n", port), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{fmt.Sprintf("set wg0 listen-port %d", port), "sync wg0 " + file, "setconf wg0 " + file} {
		code, _, errs := runCommand(t, append(flags, strings.Fields(command)...)...)
		want := fmt.Sprintf("\n  hint: UDP port %d is used by another device or program\n", port)
		if code != 1 || !strings.Contains(errs, want) {
			t.Errorf("Run(%q) = %d, stderr %q, want 1, %q", command, code, errs, want)
		}
	}
}
