package wgprom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fake is a client with the given devices and errors.
type fake struct {
	listErr error
	refs    []wgtypes.DeviceRef
	errs    map[string]error
	kinds   map[string]wgtypes.Kind // of the device that exists, if it is not that of the listed one
	reads   []string
}

func (f *fake) List(context.Context) ([]wgtypes.DeviceRef, error) { return f.refs, f.listErr }

func (f *fake) Read(_ context.Context, ref wgtypes.DeviceRef) (*wgtypes.Device, error) {
	f.reads = append(f.reads, ref.Name)
	err := f.errs[ref.Name]
	if k := f.kinds[ref.Name]; k != wgtypes.KindUnknown && k != ref.Kind {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, &wgctrl.OpError{Op: "read", Device: ref.Name, Kind: ref.Kind, Err: err}
	}
	return &wgtypes.Device{Name: ref.Name, Kind: ref.Kind}, nil
}

func kernelRef(name string) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel}
}

func gather(t *testing.T, c prometheus.Collector, want string, names ...string) {
	t.Helper()
	if err := testutil.CollectAndCompare(c, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

// TestReasons checks the reason of each error.
func TestReasons(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		context.DeadlineExceeded:                   "timeout",
		os.ErrDeadlineExceeded:                     "timeout",
		context.Canceled:                           "canceled",
		syscall.EPERM:                              "permission",
		fs.ErrNotExist:                             "disappeared",
		wgctrl.ErrInterrupted:                      "interrupted",
		wgctrl.ErrNotWireGuard:                     "not_wireguard",
		errors.ErrUnsupported:                      "unsupported",
		fmt.Errorf("%w: line 1", uapi.ErrProtocol): "protocol",
		net.ErrClosed:                              "closed",
		syscall.EIO:                                "other",
	} {
		c := newCollector(&fake{refs: []wgtypes.DeviceRef{kernelRef("wg0")}, errs: map[string]error{"wg0": err}}, Options{})
		gather(t, c, fmt.Sprintf(`
# HELP wireguard_device_up Whether the device was read in this scrape (1) or not (0).
# TYPE wireguard_device_up gauge
wireguard_device_up{device="wg0",kind="kernel"} 0
# HELP wireguard_scrape_error_info A failure in this scrape and its reason. Without a device, listing the devices of that kind failed.
# TYPE wireguard_scrape_error_info gauge
wireguard_scrape_error_info{device="wg0",kind="kernel",reason=%q} 1
`, want), "wireguard_device_up", "wireguard_scrape_error_info")
	}
}

// TestReasonsDocumented checks that docs/exporter.md names each reason.
func TestReasonsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/exporter.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(reasons, struct {
		err  error
		name string
	}{name: reasonOther}) {
		if !regexp.MustCompile("(?m)^\\|.*`" + r.name + "`.*\\|").Match(text) {
			t.Errorf("docs/exporter.md lacks the reason %s, want each reason", r.name)
		}
	}
}

// TestSearch checks that the failure of one backend to list its devices is
// exported, and that the devices of others are read.
func TestSearch(t *testing.T) {
	t.Parallel()
	c := newCollector(&fake{
		refs: []wgtypes.DeviceRef{kernelRef("wg0")},
		listErr: errors.Join(
			&wgctrl.OpError{Op: "list", Kind: wgtypes.KindUserspace, Err: syscall.EACCES},
			&wgctrl.OpError{Op: "list", Kind: wgtypes.KindInProcess, Err: errors.New("strange")},
		),
	}, Options{})
	gather(t, c, `
# HELP wireguard_device_up Whether the device was read in this scrape (1) or not (0).
# TYPE wireguard_device_up gauge
wireguard_device_up{device="wg0",kind="kernel"} 1
# HELP wireguard_scrape_error_info A failure in this scrape and its reason. Without a device, listing the devices of that kind failed.
# TYPE wireguard_scrape_error_info gauge
wireguard_scrape_error_info{device="",kind="in-process",reason="other"} 1
wireguard_scrape_error_info{device="",kind="userspace",reason="permission"} 1
`, "wireguard_device_up", "wireguard_scrape_error_info")
}

// TestReplaced checks a device that disappeared while another backend has one of
// the same name.
func TestReplaced(t *testing.T) {
	t.Parallel()
	c := newCollector(&fake{
		refs:  []wgtypes.DeviceRef{kernelRef("wg0")},
		kinds: map[string]wgtypes.Kind{"wg0": wgtypes.KindUserspace},
	}, Options{})
	gather(t, c, `
# HELP wireguard_scrape_error_info A failure in this scrape and its reason. Without a device, listing the devices of that kind failed.
# TYPE wireguard_scrape_error_info gauge
wireguard_scrape_error_info{device="wg0",kind="kernel",reason="disappeared"} 1
`, "wireguard_scrape_error_info", "wireguard_device_info")
}

// TestOneDump checks that a scrape reads each device once.
func TestOneDump(t *testing.T) {
	t.Parallel()
	f := &fake{refs: []wgtypes.DeviceRef{kernelRef("wg0"), {Name: "wg0", Kind: wgtypes.KindUserspace}}}
	c := newCollector(f, Options{})
	for n := 1; n <= 3; n++ {
		testutil.CollectAndCount(c)
		if len(f.reads) != n {
			t.Errorf("%d scrapes read %q, want one read each", n, f.reads)
		}
	}
}

// TestFailureLog checks that a failure is logged once when it begins and once when
// it ends.
func TestFailureLog(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	f := &fake{refs: []wgtypes.DeviceRef{kernelRef("wg0")}, errs: make(map[string]error)}
	logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	c := newCollector(f, Options{Logger: logger})
	for _, err := range []error{nil, syscall.EPERM, syscall.EPERM, syscall.EIO, nil, nil} {
		f.errs["wg0"] = err
		testutil.CollectAndCount(c)
	}
	f.listErr = &wgctrl.OpError{Op: "list", Kind: wgtypes.KindKernel, Err: syscall.EIO}
	testutil.CollectAndCount(c)
	want := []string{
		`level=WARN msg="cannot read" device=wg0 kind=kernel reason=permission error="wgctrl: read \"wg0\" (kernel): operation not permitted"`,
		`level=WARN msg="cannot read" device=wg0 kind=kernel reason=other error="wgctrl: read \"wg0\" (kernel): input/output error"`,
		`level=INFO msg="no longer fails" device=wg0 kind=kernel`,
		`level=WARN msg="cannot read" list=kernel reason=other error="wgctrl: list (kernel): input/output error"`,
		``,
	}
	if got := strings.Split(text.String(), "\n"); !slices.Equal(got, want) {
		t.Errorf("the log is\n%s\nwant\n%s", &text, strings.Join(want, "\n"))
	}
}

// TestConnected checks that peers count as connected for 180 seconds after a
// handshake, even if the clock was set back.
func TestConnected(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	var peers []wgtypes.Peer
	for i, ago := range []time.Duration{-time.Minute, 0, wgtypes.SessionLifetime, wgtypes.SessionLifetime + 1, time.Hour} {
		peers = append(peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{byte(i)}, LastHandshake: now.Add(-ago)})
	}
	if n := connected(distinct(append(peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{9}})), now); n != 3 {
		t.Errorf("connected() = %d, want 3", n)
	}
}
