package wgprom_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// TestHang checks that a daemon that hangs delays a scrape until the timeout, and
// that the scrape still has the metrics of all other devices.
func TestHang(t *testing.T) {
	t.Parallel()
	dir, d := wgtest.SocketDir(t), wireguardgotest.OfflineDevice(t)
	daemon(t, dir, "hangs", hang)
	c := newClient(t, wgctrl.WithSocketDirs(dir, d.SocketDir()), wgctrl.WithDevice("here", state{example()}))
	const timeout = 300 * time.Millisecond
	r := collect(t, c, wgprom.Options{Timeout: timeout})
	start := time.Now()
	errs, up := errorsOf(t, r)
	if took := time.Since(start); took < timeout || took > time.Minute {
		t.Errorf("the scrape took %v, want %v to %v", took, timeout, time.Minute)
	}
	if want := []string{"hangs userspace timeout"}; !slices.Equal(errs, want) {
		t.Errorf("errors %q, want %q", errs, want)
	}
	if want := map[string]bool{"hangs": false, d.Name: true, "here": true}; !maps.Equal(up, want) {
		t.Errorf("up %v, want %v", up, want)
	}
	if n, err := testutil.GatherAndCount(r, "wireguard_peer_info"); n != 2 || err != nil {
		t.Errorf("GatherAndCount(wireguard_peer_info) = %d, %v, want 2", n, err)
	}
}

// TestCanceledScrape checks that a scrape ends with its context.
func TestCanceledScrape(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	daemon(t, dir, "hangs", func(c net.Conn) {
		if n, _ := c.Read(make([]byte, 1)); n > 0 { // not the search
			cancel()
		}
		hang(c)
	})
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(wgprom.New(newClient(t, wgctrl.WithSocketDirs(dir)), wgprom.Options{Timeout: -1}).WithContext(ctx))
	errs, _ := errorsOf(t, r)
	if want := []string{"hangs userspace canceled"}; !slices.Equal(errs, want) {
		t.Errorf("errors %q, want %q", errs, want)
	}
}

// TestFailureReasons checks the reason of each failure, and that another device is still
// read.
func TestFailureReasons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make func(t *testing.T, dir string) []wgctrl.Option
		want []string
	}{
		"unreachable": {
			// A path of a socket that is too long for anyone to connect to.
			make: func(t *testing.T, dir string) []wgctrl.Option {
				far := filepath.Join(dir, strings.Repeat("x", 120))
				if err := os.Mkdir(far, 0o700); err != nil {
					t.Fatal(err)
				}
				daemon(t, dir, "wg1", hang)
				if err := os.Rename(filepath.Join(dir, "wg1.sock"), filepath.Join(far, "wg1.sock")); err != nil {
					t.Fatal(err)
				}
				return []wgctrl.Option{wgctrl.WithSocketDirs(far)}
			},
			want: []string{"wg1 userspace other"},
		},
		"no answer": {
			make: func(t *testing.T, dir string) []wgctrl.Option {
				daemon(t, dir, "wg1", say(""))
				return nil
			},
			want: []string{"wg1 userspace protocol"},
		},
		"garbage": {
			make: func(t *testing.T, dir string) []wgctrl.Option {
				daemon(t, dir, "wg1", say("HTTP/1.1 400 Bad Request\r\n\r\n"))
				return nil
			},
			want: []string{"wg1 userspace protocol"},
		},
		"an errno": {
			make: func(t *testing.T, dir string) []wgctrl.Option {
				daemon(t, dir, "wg1", say("errno=5\n\n"))
				return nil
			},
			want: []string{"wg1 userspace other"},
		},
		"an errno of permission": {
			make: func(t *testing.T, dir string) []wgctrl.Option {
				daemon(t, dir, "wg1", say("errno=1\n\n"))
				return nil
			},
			want: []string{"wg1 userspace permission"},
		},
		"a name twice": {
			make: func(t *testing.T, dir string) []wgctrl.Option {
				daemon(t, dir, "well", say("listen_port=1\nerrno=0\n\n"))
				return nil
			},
			want: []string{"well in-process shadowed"},
		},
		"nowhere to search": {
			make: func(t *testing.T, dir string) []wgctrl.Option {
				file := filepath.Join(dir, "file")
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				return []wgctrl.Option{wgctrl.WithSocketDirs(file)}
			},
			want: []string{" userspace other"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := wgtest.SocketDir(t)
			opts := test.make(t, dir)
			if opts == nil {
				opts = []wgctrl.Option{wgctrl.WithSocketDirs(dir)}
			}
			c := newClient(t, append(opts, wgctrl.WithDevice("well", state{example()}))...)
			errs, up := errorsOf(t, collect(t, c, wgprom.Options{}))
			if !slices.Equal(errs, test.want) {
				t.Errorf("errors %q, want %q", errs, test.want)
			}
			if up["wg1"] || !up["well"] {
				t.Errorf("devices that are up = %v, want well but not wg1", up)
			}
		})
	}
}

// TestClosed checks that a scrape works after the Client was closed.
func TestClosed(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wg0", state{example()}))
	r := collect(t, c, wgprom.Options{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	errs, _ := errorsOf(t, r)
	if want := []string{" unknown closed"}; !slices.Equal(errs, want) {
		t.Errorf("errors %q, want %q", errs, want)
	}
}

// TestRepeated checks that a scrape works if a daemon lists a peer or a prefix
// twice.
func TestRepeated(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	peer := "public_key=" + strings.Repeat("03", 32) + "\nallowed_ip=10.0.0.0/8\nallowed_ip=10.0.0.0/8\n"
	daemon(t, dir, "wg0", say(peer+"public_key="+strings.Repeat("02", 32)+"\n"+peer+"errno=0\n\n"))
	r := collect(t, newClient(t, wgctrl.WithSocketDirs(dir)), wgprom.Options{})
	for name, want := range map[string]int{"wireguard_peer_info": 2, "wireguard_peer_allowed_ips_info": 1} {
		if n, err := testutil.GatherAndCount(r, name); n != want || err != nil {
			t.Errorf("GatherAndCount(%s) = %d, %v, want %d", name, n, err, want)
		}
	}
}

// TestScrapeDuringChanges scrapes while a device is added and removed. No scrape fails, and
// the only errors are about that device.
func TestScrapeDuringChanges(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	c := newClient(t, wgctrl.WithSocketDirs(dir), wgctrl.WithDevice("stays", state{example()}))
	r := collect(t, c, wgprom.Options{})
	var changes sync.WaitGroup
	done := make(chan struct{})
	changes.Go(func() {
		defer close(done)
		path := filepath.Join(dir, "goes.sock")
		for range 100 {
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Error(err)
				return
			}
			for range 2 { // the search, and the reading
				if c, err := l.Accept(); err == nil {
					say("errno=0\n\n")(c)
					_ = c.Close()
				}
			}
			_ = l.Close()
		}
	})
	defer changes.Wait()
	for going := true; going; {
		select {
		case <-done:
			going = false
		default:
		}
		errs, up := errorsOf(t, r)
		for _, e := range errs {
			// A connection may have been interrupted.
			if e != "goes userspace disappeared" && e != "goes userspace protocol" && e != "goes userspace other" {
				t.Errorf("error %q, want that the device goes disappeared", e)
			}
		}
		if !up["stays"] {
			t.Errorf("devices that are up = %v, want stays among them", up)
		}
	}
}

// TestBadText checks that a name which is not UTF-8 is exported with replacement
// characters.
func TestBadText(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("a\xff", state{example()}), wgctrl.WithDevice("a\xfe", state{example()}))
	errs, up := errorsOf(t, collect(t, c, wgprom.Options{PeerName: func(wgtypes.PublicKey) string { return "\xff\n\"" }}))
	if want := []string{"a\ufffd in-process shadowed"}; !slices.Equal(errs, want) || !up["a\ufffd"] {
		t.Errorf("errors %q, want %q; up %v", errs, want, up)
	}
}

// TestKernel scrapes a kernel device, and then without it.
func TestKernel(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	if err := c.ConfigureDevice(t.Context(), d.Name, wgtest.ConfigOf(example())); err != nil {
		t.Fatal(err)
	}
	r := collect(t, c, wgprom.Options{})
	if errs, up := errorsOf(t, r); len(errs) > 0 || !up[d.Name] {
		t.Errorf("errors %q, up %v, want no errors and %s up", errs, up, d.Name)
	}
	if n, err := testutil.GatherAndCount(r, "wireguard_peer_allowed_ips_info"); n != 3 || err != nil {
		t.Errorf("GatherAndCount(wireguard_peer_allowed_ips_info) = %d, %v, want 3", n, err)
	}
	if err := c.DeleteDevice(t.Context(), d.Name); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("DeleteDevice(%q) = %v, want no error or os.ErrNotExist", d.Name, err)
	}
	if errs, up := errorsOf(t, r); len(errs) > 0 || len(up) > 0 {
		t.Errorf("after DeleteDevice: errors %q, up %v, want neither", errs, up)
	}
}
