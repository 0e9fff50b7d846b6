package cli

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// hostFile returns a file whose peers 1, 2, ... have these endpoints.
func hostFile(t *testing.T, name string, endpoints ...string) *syncFile {
	t.Helper()
	var text strings.Builder
	text.WriteString("[Interface]\n")
	for i, e := range endpoints {
		text.WriteString(peerSection(byte(i+1), e))
	}
	settings, err := wgconf.Parse(name, []byte(text.String())).Settings(wgconf.DialectWG)
	if err != nil {
		t.Fatal(err)
	}
	return &syncFile{name: name, settings: settings, names: func() map[wgtypes.PublicKey]string { return map[wgtypes.PublicKey]string{{1}: "alice"} }}
}

// endpointsOf returns the endpoints of the peers in a file.
func endpointsOf(f *syncFile) string {
	var list []string
	for _, p := range f.settings.Peers {
		list = append(list, p.Endpoint.String())
	}
	return strings.Join(list, " ")
}

// TestHostLookupConcurrent checks that the names of all files are looked up concurrently,
// each once.
func TestHostLookupConcurrent(t *testing.T) {
	t.Parallel()
	b := &blocking{want: 4, all: make(chan struct{})}
	files := []*syncFile{
		hostFile(t, "a.conf", "a.example:1", "b.example:2", "192.0.2.3:3"), {err: net.ErrClosed}, hostFile(t, "b.conf"),
		hostFile(t, "c.conf", "a.example:4", "[2001:db8::1]:5", "c.example:6", "d.example:7"),
	}
	var out strings.Builder
	(&hostLookup{out: &out, resolver: b, retries: resolve.RetryNever}).run(t.Context(), files)
	for i, want := range map[int]string{0: "192.0.2.9:1 192.0.2.9:2 192.0.2.3:3", 2: "", 3: "192.0.2.9:4 [2001:db8::1]:5 192.0.2.9:6 192.0.2.9:7"} {
		if got := endpointsOf(files[i]); files[i].err != nil || got != want {
			t.Errorf("endpoints of %s = %s, %v, want %s", files[i].name, got, files[i].err, want)
		}
	}
	if b.want != 0 || files[1].err != net.ErrClosed || out.Len() > 0 {
		t.Errorf("%d lookups too many, an error %v, output %q; want one for each name, %v and no output", -b.want, files[1].err, out.String(), net.ErrClosed)
	}
}

// TestHostLookupUnresolved checks that a name without an address affects only its files, and
// that messages are in the order of the files.
func TestHostLookupUnresolved(t *testing.T) {
	t.Parallel()
	for _, skip := range []bool{false, true} {
		files := []*syncFile{
			hostFile(t, "a.conf", "z.example:1", "good.example:2"), hostFile(t, "b.conf", "good.example:3"),
			hostFile(t, "c.conf", "good.example:4", "y.example:5", "z.example:6"),
		}
		var out strings.Builder
		l := &hostLookup{out: &out, resolver: hosts{"good.example": "192.0.2.9"}, retries: resolve.RetryNever, skip: skip}
		l.run(t.Context(), files)
		if got := endpointsOf(files[1]); files[1].err != nil || got != "192.0.2.9:3" {
			t.Errorf("skip %t: endpoints of b.conf = %s, %v, want 192.0.2.9:3", skip, got, files[1].err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if !skip {
			for i, want := range map[int]string{0: "a.conf: resolve: endpoint z.example:1: ", 2: "c.conf: resolve: endpoint y.example:5: "} {
				if err := files[i].err; err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("error of file %d = %v, want %q first", i, err, want)
				}
			}
			if text := files[2].err.Error(); !strings.HasSuffix(text, "(and 1 more unresolved)") || out.Len() > 0 {
				t.Errorf("error of c.conf = %q, output %q, want the number of other peers and no output", text, out.String())
			}
			continue
		}
		for i, want := range []string{"a.conf: resolve: endpoint z.example:1: ", "c.conf: resolve: endpoint y.example:5: ", "c.conf: resolve: endpoint z.example:"} {
			if len(lines) != 3 || !strings.HasPrefix(lines[i], "wgctrl: "+want) || !strings.HasSuffix(lines[i], " does not change") || strings.Contains(lines[i], "(alice)") != (i == 0) {
				t.Errorf("line %d of %q, want 3 lines, this one with %q", i, lines, want)
			}
		}
		if got := endpointsOf(files[0]) + endpointsOf(files[2]); files[0].err != nil || files[2].err != nil || got != " 192.0.2.9:2192.0.2.9:4  " {
			t.Errorf("endpoints = %s, %v, %v, want only those of good.example", got, files[0].err, files[2].err)
		}
	}
}

// silent is a resolver that never answers.
type silent struct{}

func (silent) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, &net.DNSError{Err: "timeout", Name: host, IsTimeout: true}
}

// TestHostLookupDeadline checks that the lookups of all files end at one deadline, unless
// many retries are wanted, and that an interrupted sync skips no endpoint.
func TestHostLookupDeadline(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		retries int
		want    time.Duration
		err     bool // although endpoints are skipped
	}{
		"default": {0, hostTime, false}, "none": {resolve.RetryNever, hostTime, false}, "many": {resolve.DefaultRetries + 1, time.Hour, true},
		"forever": {resolve.RetryForever, time.Hour, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			files := []*syncFile{hostFile(t, "a.conf", "a.example:1"), hostFile(t, "b.conf", "b.example:1")}
			var out strings.Builder
			begin := time.Now()
			(&hostLookup{out: &out, resolver: silent{}, retries: test.retries, skip: true}).run(ctx, files)
			if d := time.Since(begin); d != test.want || (files[0].err != nil) != test.err || (files[1].err != nil) != test.err {
				t.Errorf("%s: run() ends after %v with %v, %v, want after %v and with errors: %t", name, d, files[0].err, files[1].err, test.want, test.err)
			}
		})
	}
}

// TestRetryReporter checks the message before a lookup is repeated, in which a host
// name that may be a key is hidden.
func TestRetryReporter(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"vpn.example": "vpn.example", "qL3vUo0yZc8mJ1Wx": "(hidden)"} {
		var out strings.Builder
		retryReporter(&out)(wgconf.Endpoint{Host: host}, &net.DNSError{Err: "server misbehaving", Name: host}, 1234*time.Millisecond)
		if want := "wgctrl: lookup " + want + ": server misbehaving; trying again in 1.23s\n"; out.String() != want {
			t.Errorf("message for %s = %q, want %q", host, out.String(), want)
		}
	}
}
