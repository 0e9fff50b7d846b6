package wgwindows

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// needWine skips a test outside of Wine: it would add devices to a real machine. With
// WGTEST_WINE=1 it fails.
func needWine(t *testing.T) {
	t.Helper()
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		return
	}
	if os.Getenv("WGTEST_WINE") == "1" {
		t.Fatal("this is not Wine, want Wine")
	}
	t.Skip("the test registers devices, which it does only under Wine")
}

// setProperty sets a property of a device that is a string.
func setProperty(t *testing.T, set windows.DevInfo, info *windows.DevInfoData, key *windows.DEVPROPKEY, value string) {
	t.Helper()
	text, err := windows.UTF16FromString(value)
	if err != nil {
		t.Fatal(err)
	}
	proc := windows.NewLazySystemDLL("setupapi.dll").NewProc("SetupDiSetDevicePropertyW")
	ok, _, err := proc.Call(uintptr(set), uintptr(unsafe.Pointer(info)), uintptr(unsafe.Pointer(key)),
		uintptr(windows.DEVPROP_TYPE_STRING), uintptr(unsafe.Pointer(&text[0])), uintptr(2*len(text)), 0)
	if ok == 0 {
		t.Fatalf("SetupDiSetDeviceProperty(%q): %v", value, err)
	}
}

// register adds a device to the machine, with those properties that are not empty.
func register(t *testing.T, id, name, version string) {
	t.Helper()
	set, err := windows.SetupDiCreateDeviceInfoListEx(&classNet, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	info, err := set.CreateDeviceInfo(id, &classNet, "", 0, 0)
	if err != nil {
		t.Fatalf("CreateDeviceInfo(%q): %v", id, err)
	}
	if err := set.CallClassInstaller(windows.DIF_REGISTERDEVICE, info); err != nil {
		t.Fatalf("registering %q: %v", id, err)
	}
	t.Cleanup(func() {
		if err := set.CallClassInstaller(windows.DIF_REMOVE, info); err != nil {
			t.Errorf("removing %q: %v", id, err)
		}
	})
	if name != "" {
		setProperty(t, set, info, &keyName, name)
	}
	if version != "" {
		setProperty(t, set, info, &keyVersion, version)
	}
}

// fakeMachine returns a machine whose adapters have all started. The path of an adapter
// is its instance id.
func fakeMachine() *machine {
	return &machine{
		started:    func(windows.DEVINST) bool { return true },
		interfaces: func(instanceID string) ([]string, error) { return []string{instanceID, "another"}, nil },
	}
}

// TestAdapters finds devices that it registers. It does not run in parallel, because the
// devices belong to the machine.
func TestAdapters(t *testing.T) {
	needWine(t)
	if list, err := newMachine().Adapters(); len(list) != 0 || err != nil {
		t.Errorf("Adapters() without devices = %v, %v, want none, nil", list, err)
	}
	id := func(n int) string { return fmt.Sprintf(`SWD\WIREGUARD\{%08X-0000-0000-0000-%012X}`, n, os.Getpid()) }
	register(t, id(1), "wg0", "1.0.0.0")
	register(t, id(2), "Büro Köln \U0001f600", "")
	register(t, id(3), "late", "0.10.1.0")
	register(t, id(4), "", "1.0")
	register(t, fmt.Sprintf(`SWD\OTHER\{%d}`, os.Getpid()), "other", "1.0")
	m := fakeMachine()
	paths := m.interfaces
	m.interfaces = func(instanceID string) ([]string, error) {
		if instanceID == id(3) {
			return nil, windows.ERROR_NO_SUCH_DEVICE_INTERFACE
		}
		return paths(instanceID)
	}
	list, err := m.Adapters()
	slices.SortFunc(list, func(a, b Adapter) int { return len(a.Name) - len(b.Name) })
	want := []Adapter{
		{"", id(4), "1.0"}, {"wg0", id(1), "1.0.0.0"}, {"late", "", "0.10.1.0"}, {"Büro Köln \U0001f600", id(2), ""},
	}
	if err != nil || !slices.Equal(list, want) {
		t.Errorf("Adapters() = %q, %v, want %q", list, err, want)
	}
	m.started = func(windows.DEVINST) bool { return false }
	list, err = m.Adapters()
	if err != nil || len(list) != 4 || slices.ContainsFunc(list, func(a Adapter) bool { return a.Path != "" }) {
		t.Errorf("Adapters() that have not started = %q, %v, want 4 without paths", list, err)
	}
	b := NewWith(Config{System: fakeMachine(), Interfaces: New().config.Interfaces})
	refs, err := b.List(t.Context())
	if want := (wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel}); err != nil || !slices.Contains(refs, want) {
		t.Errorf("List() = %v, %v, want it to have %v", refs, err, want)
	}
	if d, err := b.Open(t.Context(), "wg0"); err != nil || d.Ref().Name != "wg0" {
		t.Errorf("Open(%q) = %v, %v, want the device", "wg0", d, err)
	}
}

// TestOpenFile sends requests to a file, which does not know them.
func TestOpenFile(t *testing.T) {
	t.Parallel()
	// Wine cannot remove a T.TempDir.
	f, err := os.CreateTemp("", "wgwindows")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	path := f.Name()
	t.Cleanup(func() { os.Remove(path) })
	m := fakeMachine()
	h, err := m.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, code := range []uint32{ioctlGet, ioctlSet} {
		if n, err := h.Control(code, make([]byte, 100)); n != 0 || !isErrno(err, ErrInvalidFunction, ErrNotSupported, ErrInvalidParameter) {
			t.Errorf("Control(%#x) of a file = %d, %v, want 0, %v", code, n, err, ErrInvalidFunction)
		}
	}
	for path, want := range map[string]error{
		path + "2":                         ErrFileNotFound,
		filepath.Join(path+"3", "x"):       ErrPathNotFound,
		`\\?\SWD#WireGuard#{0}#{cac88484}`: fs.ErrNotExist,
		"a\x00b":                           syscall.EINVAL,
	} {
		if h, err := m.Open(path); !errors.Is(err, want) {
			t.Errorf("Open(%q) = %v, %v, want %v", path, h, err, want)
		}
	}
}

// TestErrno checks that codes are errors of package syscall, too.
func TestErrno(t *testing.T) {
	t.Parallel()
	err := systemError("DeviceIoControl", windows.ERROR_ACCESS_DENIED)
	for _, want := range []error{ErrAccessDenied, windows.ERROR_ACCESS_DENIED, fs.ErrPermission} {
		if !errors.Is(err, want) {
			t.Errorf("systemError(%v) = %v, want %v", windows.ERROR_ACCESS_DENIED, err, want)
		}
	}
	if got, want := ErrMoreData.Error(), windows.ERROR_MORE_DATA.Error(); got != want {
		t.Errorf("Errno(234) = %q, want %q", got, want)
	}
	if err := systemError("CloseHandle", nil); err != nil {
		t.Errorf("systemError(nil) = %v, want nil", err)
	}
}

// TestRealMachine uses the machine of the test. Wine has no adapters.
func TestRealMachine(t *testing.T) {
	needWine(t)
	b := New()
	if refs, err := b.List(t.Context()); len(refs) != 0 || err != nil {
		t.Errorf("List() = %v, %v, want none, nil", refs, err)
	}
	if _, err := b.Open(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf("Open() = %v, want %v", err, fs.ErrNotExist)
	}
	list, err := New().config.Interfaces()
	if want, wantErr := net.Interfaces(); len(list) != len(want) || (err == nil) != (wantErr == nil) {
		t.Fatalf("Interfaces() = %v, %v, want %v, %v", list, err, want, wantErr)
	}
	for _, i := range list { // none if Wine's network driver does not run
		if _, err := b.Open(t.Context(), i.Name); !errors.Is(err, wginternal.ErrNotWireGuard) {
			t.Errorf("Open(%q) = %v, want %v", i.Name, err, wginternal.ErrNotWireGuard)
		}
	}
	if started(0) {
		t.Error("started(0) = true, want false")
	}
}
