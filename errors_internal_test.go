package wgctrl

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestErrorsAreOneLine checks that an error is one line and contains each cause once.
func TestErrorsAreOneLine(t *testing.T) {
	t.Parallel()
	failing := func(err error) []*fakeDevice { return []*fakeDevice{{name: "wg0", openErr: err}} }
	for want, backends := range map[string][2][]*fakeDevice{
		`wgctrl: read "wg0": kernel: ` + syscall.EPERM.Error() + "; userspace: " + syscall.EBUSY.Error(): {failing(syscall.EPERM), failing(syscall.EBUSY)},
		`wgctrl: read "wg0": kernel and userspace: ` + syscall.EMFILE.Error():                            {failing(syscall.EMFILE), failing(syscall.EMFILE)},
		`wgctrl: read "wg0" (kernel): ` + syscall.EPERM.Error():                                          {failing(syscall.EPERM), nil},
	} {
		c, _, _ := clientWith(backends[0], backends[1])
		_, err := c.Device(t.Context(), "wg0")
		if err == nil || err.Error() != want {
			t.Errorf("Device(wg0) = %v, want %s", err, want)
		}
		for _, b := range backends {
			if len(b) > 0 && !errors.Is(err, b[0].openErr) {
				t.Errorf("errors.Is(%v, %v) = false, want true", err, b[0].openErr)
			}
		}
	}
	if err := join(nil, nil); err != nil {
		t.Errorf("join(nil, nil) = %v, want nil", err)
	}
	err := join(nil, io.EOF, os.ErrClosed, io.EOF)
	if want := "EOF; " + os.ErrClosed.Error(); err.Error() != want || !errors.Is(err, io.EOF) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("join(EOF, ErrClosed, EOF) = %v, want %q that wraps both", err, want)
	}
}

// TestListErrorOnce checks that the end of the context before a call and a closed
// Client are one error, not one for each backend.
func TestListErrorOnce(t *testing.T) {
	t.Parallel()
	c, _, _ := clientWith([]*fakeDevice{{name: "wg0"}}, []*fakeDevice{{name: "wg0"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	check := func(ctx context.Context, cause error) {
		t.Helper()
		refs, listErr := c.List(ctx)
		devices, devicesErr := c.Devices(ctx)
		want := "wgctrl: list: " + cause.Error()
		for _, err := range []error{listErr, devicesErr} {
			if len(refs)+len(devices) > 0 || !errors.Is(err, cause) || err.Error() != want {
				t.Errorf("List() and Devices() = %v, %v, %v, want no devices and %s", refs, devices, err, want)
			}
		}
	}
	check(ctx, context.Canceled)
	_ = c.Close()
	check(t.Context(), net.ErrClosed)
}

// TestPortInUse checks that the error names the port that was set, if it is in use.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	inUse := syscall.EADDRINUSE
	for name, test := range map[string]struct {
		config  wgtypes.Config
		err     error
		want    string
		partial bool
	}{
		"port":         {wgtypes.Config{ListenPort: new(uint16(51820))}, inUse, "UDP port 51820: " + inUse.Error(), false},
		"partial":      {wgtypes.Config{ListenPort: new(uint16(51820))}, &wginternal.PartialError{Unknown: wgtypes.Config{ReplacePeers: true}, Err: inUse}, "UDP port 51820: " + inUse.Error(), true},
		"any port":     {wgtypes.Config{ListenPort: new(uint16(0)), FirewallMark: new(uint32(1))}, inUse, inUse.Error(), false},
		"no port":      {wgtypes.Config{FirewallMark: new(uint32(1))}, inUse, inUse.Error(), false},
		"other errors": {wgtypes.Config{ListenPort: new(uint16(51820))}, syscall.ENOMEM, syscall.ENOMEM.Error(), false},
	} {
		d := &fakeDevice{name: "wg0", confErr: test.err}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		_, syncErr := c.SyncDevice(t.Context(), "wg0", test.config, SyncOptions{})
		for op, err := range map[string]error{"configure": c.ConfigureDevice(t.Context(), "wg0", test.config), "sync": syncErr} {
			var partial *PartialError
			want := "wgctrl: " + op + ` "wg0" (kernel): ` + test.want
			if err == nil || err.Error() != want || errors.As(err, &partial) != test.partial || errors.Is(err, inUse) == (name == "other errors") {
				t.Errorf("%s: %v, want %s, PartialError: %t", name, err, want, test.partial)
			}
			if test.partial && !strings.HasPrefix(partial.Err.Error(), "UDP port") {
				t.Errorf("%s: the PartialError wraps %v, want the port in it", name, partial.Err)
			}
		}
	}
}

// TestSetLinkPortInUse checks that a link that cannot come up because of its port has
// an error that names the port.
func TestSetLinkPortInUse(t *testing.T) {
	t.Parallel()
	up := LinkChange{Up: new(true)}
	for name, test := range map[string]struct {
		port   uint16
		change LinkChange
		err    error
		want   string
	}{
		"port":       {51820, up, syscall.EADDRINUSE, "UDP port 51820: " + syscall.EADDRINUSE.Error()},
		"unknown":    {0, up, syscall.EADDRINUSE, syscall.EADDRINUSE.Error()},
		"permission": {51820, up, syscall.EPERM, syscall.EPERM.Error()},
	} {
		d := &fakeDevice{name: "wg0", port: test.port}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		c.links = []kernelLinks{{&fakeLinks{setErr: test.err}, wgtypes.KindKernel}}
		c.progress = func(p Progress) { t.Errorf("%s: SetLink(wg0) reports the progress %+v, want none", name, p) }
		err := c.SetLink(t.Context(), "wg0", test.change)
		want := `wgctrl: set link "wg0" (kernel): ` + test.want
		if err == nil || err.Error() != want || !errors.Is(err, test.err) || d.opened != 0 {
			t.Errorf("%s: SetLink(wg0) = %v with %d devices open, want %s with 0", name, err, d.opened, want)
		}
	}
}

// TestErrorsMarshalAsText checks that the JSON form of an error is its text, as a value
// and as a pointer, because its fields contain secrets.
func TestErrorsMarshalAsText(t *testing.T) {
	t.Parallel()
	config := wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(testutil.SecretBytes))}
	partial := &PartialError{Applied: config, Unknown: config, NotSent: config, Err: io.EOF}
	op := &OpError{Op: "sync", Device: "wg0", Err: partial}
	for _, v := range []any{partial, *partial, op, *op, []error{op, partial}} {
		text, err := json.Marshal(v)
		if err != nil || testutil.FindSecret(string(text)) != "" || !strings.Contains(string(text), "EOF") {
			t.Errorf("json.Marshal(%T) = %s, %v, want the text of the error without secrets", v, text, err)
		}
	}
}

// TestPartialErrorOfNothing checks that an error is a PartialError only if a part of
// the change may have been applied.
func TestPartialErrorOfNothing(t *testing.T) {
	t.Parallel()
	some := wgtypes.Config{ReplacePeers: true}
	for name, test := range map[string]struct {
		err     *wginternal.PartialError
		partial bool
	}{
		"not sent": {&wginternal.PartialError{NotSent: some, Err: syscall.EPERM}, false},
		"unknown":  {&wginternal.PartialError{Unknown: some, Err: syscall.EPERM}, true},
		"applied":  {&wginternal.PartialError{Applied: some, NotSent: some, Err: syscall.EPERM}, true},
	} {
		c, _, _ := clientWith([]*fakeDevice{{name: "wg0", confErr: test.err}}, nil)
		applied, syncErr := c.SyncDevice(t.Context(), "wg0", wgtypes.Config{FirewallMark: new(uint32(1))}, SyncOptions{})
		for _, err := range []error{c.ConfigureDevice(t.Context(), "wg0", some), syncErr} {
			var partial *PartialError
			if errors.As(err, &partial) != test.partial || !errors.Is(err, syscall.EPERM) {
				t.Errorf("%s: %v, want an error wrapping EPERM, PartialError: %t", name, err, test.partial)
			}
		}
		if applied.ReplacePeers != test.err.Applied.ReplacePeers {
			t.Errorf("%s: SyncDevice() = %v, want %v", name, applied, test.err.Applied)
		}
	}
}
