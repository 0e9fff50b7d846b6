package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// fake returns its answers in order, and the last one forever.
type fake struct {
	answers []answer
	asked   []string
}

type answer struct {
	addrs []netip.Addr
	err   error
}

func (f *fake) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	f.asked = append(f.asked, network+" "+host)
	if len(f.answers) == 0 {
		<-ctx.Done() // like a server that does not answer
		return nil, &net.DNSError{Err: "i/o timeout", Name: host, IsTimeout: true}
	}
	a := f.answers[0]
	if len(f.answers) > 1 {
		f.answers = f.answers[1:]
	}
	return a.addrs, a.err
}

func found(texts ...string) answer {
	var a answer
	for _, text := range texts {
		a.addrs = append(a.addrs, netip.MustParseAddr(text))
	}
	return a
}

func failed(err error) answer { return answer{err: err} }

var (
	errNotFound  = &net.DNSError{Err: "no such host", Name: "vpn.example", IsNotFound: true}
	errTemporary = &net.DNSError{Err: "server misbehaving", Name: "vpn.example", IsTemporary: true}
	errTimeout   = &net.DNSError{Err: "i/o timeout", Name: "vpn.example", IsTimeout: true}
	// errRefused is package net's error for a refusal by the name server. It is
	// neither temporary nor not found.
	errRefused = &net.DNSError{Err: "server misbehaving", Name: "vpn.example"}

	vpn = wgconf.Endpoint{Host: "vpn.example", Port: 51820}
)

// waits returns an OnRetry that appends the waits to log.
func waits(log *[]time.Duration) func(wgconf.Endpoint, error, time.Duration) {
	return func(_ wgconf.Endpoint, _ error, wait time.Duration) { *log = append(*log, wait) }
}

func TestNumeric(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // lookups would fail
	f := &fake{}
	for text, want := range map[string]string{
		"192.0.2.1:1":             "192.0.2.1:1",
		"[2001:db8::1]:65535":     "[2001:db8::1]:65535",
		"[fe80::1%eth0]:0":        "[fe80::1%eth0]:0",
		"fe80::1%7:5":             "[fe80::1%7]:5",
		"[::ffff:192.0.2.1]:5":    "192.0.2.1:5",
		"[192.0.2.1]:5":           "192.0.2.1:5",
		"[2001:db8::1%eth0.7]:53": "[2001:db8::1%eth0.7]:53",
	} {
		e, err := wgconf.ParseEndpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := resolve.Endpoint(ctx, e, resolve.Options{Resolver: f})
		if err != nil || got != netip.MustParseAddrPort(want) {
			t.Errorf("Endpoint(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	if f.asked != nil {
		t.Errorf("the resolver was asked for %q, want no lookup", f.asked)
	}
}

func TestFirstAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer answer
		want   string
	}{
		{found("192.0.2.1", "2001:db8::1"), "192.0.2.1:51820"},
		{found("2001:db8::1", "192.0.2.1"), "[2001:db8::1]:51820"},
		{found("::ffff:192.0.2.1"), "192.0.2.1:51820"},
		{found("fe80::1%eth0"), "[fe80::1%eth0]:51820"},
	} {
		f := &fake{answers: []answer{test.answer}}
		got, err := resolve.Endpoint(t.Context(), vpn, resolve.Options{Resolver: f})
		if err != nil || got != netip.MustParseAddrPort(test.want) {
			t.Errorf("Endpoint(%v) = %v, %v, want %v", vpn, got, err, test.want)
		}
		if !slices.Equal(f.asked, []string{"ip vpn.example"}) {
			t.Errorf("the resolver was asked for %q, want one lookup of vpn.example", f.asked)
		}
	}
}

// TestPermanent checks that permanent failures are not retried.
func TestPermanent(t *testing.T) {
	t.Parallel()
	for _, a := range []answer{
		failed(errNotFound), failed(fmt.Errorf("wrapped: %w", errNotFound)), failed(errors.New("odd")),
		failed(&net.DNSError{IsNotFound: true, IsTemporary: true}), {}, {addrs: make([]netip.Addr, 1)},
	} {
		f := &fake{answers: []answer{a}}
		_, err := resolve.Endpoint(t.Context(), vpn, resolve.Options{Resolver: f, OnRetry: func(wgconf.Endpoint, error, time.Duration) {
			t.Errorf("%v: OnRetry was called, want no retry", a.err)
		}})
		if err == nil || !strings.Contains(err.Error(), "vpn.example:51820") || a.err != nil && !errors.Is(err, a.err) {
			t.Errorf("Endpoint(%v) = %v, want an error that wraps %v", vpn, err, a.err)
		}
		if a.err == nil {
			if dns, ok := errors.AsType[*net.DNSError](err); !ok || !dns.IsNotFound {
				t.Errorf("Endpoint(%v) without an address = %v, want a not found error", vpn, err)
			}
		}
	}
}

// TestTemporary checks that Endpoint retries the failures that wg(8) retries.
func TestTemporary(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"temporary": errTemporary, "late": errTimeout, "refused": errRefused, "wrapped": fmt.Errorf("wrapped: %w", errRefused),
		"of another kind": &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log []time.Duration
				f := &fake{answers: []answer{failed(err), found("192.0.2.1")}}
				got, err := resolve.Endpoint(t.Context(), vpn, resolve.Options{Resolver: f, OnRetry: waits(&log)})
				if err != nil || got.String() != "192.0.2.1:51820" || !slices.Equal(log, []time.Duration{time.Second}) {
					t.Errorf("Endpoint(%v) = %v, %v after waits %v, want 192.0.2.1:51820 after 1s", vpn, got, err, log)
				}
			})
		})
	}
}

// TestRetries checks the number and the lengths of the waits.
func TestRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			retries, want int
		}{
			{0, 15}, {resolve.RetryNever, 0}, {-2, 0}, {1, 1}, {20, 20},
		} {
			var log []time.Duration
			f := &fake{answers: []answer{failed(errTimeout), failed(errTemporary)}}
			start := time.Now()
			_, err := resolve.Endpoint(t.Context(), vpn, resolve.Options{Resolver: f, Retries: test.retries, OnRetry: waits(&log)})
			if len(log) != test.want || len(f.asked) != test.want+1 {
				t.Errorf("Retries %d: %d waits and %d lookups, want %d waits", test.retries, len(log), len(f.asked), test.want)
			}
			if dns, ok := errors.AsType[*net.DNSError](err); !ok || !dns.Temporary() {
				t.Errorf("Retries %d: error = %v, want a temporary *net.DNSError", test.retries, err)
			}
			want, sum := time.Second, time.Duration(0)
			for i, wait := range log {
				if wait != want {
					t.Errorf("Retries %d: wait %d = %v, want %v", test.retries, i, wait, want)
				}
				sum += wait
				want = min(want*6/5, 20*time.Second)
			}
			if took := time.Since(start); took != sum {
				t.Errorf("Retries %d: Endpoint took %v, want %v", test.retries, took, sum)
			}
			if test.retries == 0 && sum.Round(time.Second) != 72*time.Second {
				t.Errorf("all waits together = %v, want 72s", sum)
			}
			if test.want == 20 && log[19] != 20*time.Second {
				t.Errorf("last wait = %v, want 20s", log[19])
			}
		}
	})
}

func TestRetryForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := slices.Repeat([]answer{failed(errTemporary)}, 1000)
		f := &fake{answers: append(answers, found("192.0.2.1"))}
		var told []string
		got, err := resolve.Endpoint(t.Context(), vpn, resolve.Options{
			Resolver: f, Retries: resolve.RetryForever,
			OnRetry: func(e wgconf.Endpoint, err error, wait time.Duration) {
				told = append(told, fmt.Sprintf("%v: %v, %.2f", e, err, wait.Seconds()))
			},
		})
		if err != nil || got != netip.MustParseAddrPort("192.0.2.1:51820") || len(told) != 1000 {
			t.Errorf("Endpoint(%v) = %v, %v after %d retries, want 192.0.2.1:51820 after 1000", vpn, got, err, len(told))
		}
		want := []string{
			"vpn.example:51820: lookup vpn.example: server misbehaving, 1.00",
			"vpn.example:51820: lookup vpn.example: server misbehaving, 1.20",
			"vpn.example:51820: lookup vpn.example: server misbehaving, 1.44",
		}
		if diff := cmp.Diff(want, told[:3]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestContext checks that ctx ends a lookup and a wait, and that the error wraps
// the cause of ctx and the last failure.
func TestContext(t *testing.T) {
	t.Parallel()
	errCause := errors.New("enough")
	for name, answers := range map[string][]answer{"lookup": nil, "wait": {failed(errTimeout)}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 1500*time.Millisecond, errCause)
			defer cancel()
			start := time.Now()
			_, err := resolve.Endpoint(ctx, vpn, resolve.Options{Resolver: &fake{answers: answers}})
			if took := time.Since(start); took != 1500*time.Millisecond {
				t.Errorf("%s: Endpoint took %v, want %v", name, took, 1500*time.Millisecond)
			}
			if _, ok := errors.AsType[*net.DNSError](err); !ok || !errors.Is(err, errCause) || !strings.Contains(err.Error(), "vpn.example") {
				t.Errorf("%s: error = %v, want one that wraps %v and a *net.DNSError", name, err, errCause)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	endpoints := func(hosts ...string) *wgconf.Settings {
		s := &wgconf.Settings{}
		for i, host := range hosts {
			e := wgconf.Endpoint{Host: host, Port: uint16(i + 1)}
			if host == "" {
				e = wgconf.Endpoint{}
			}
			s.Peers = append(s.Peers, wgconf.Peer{Endpoint: e})
		}
		return s
	}
	s := endpoints("b.example", "", "192.0.2.9", "a.example", "b.example", "::ffff:192.0.2.8", "fe80::1%eth0")
	f := &fake{answers: []answer{found("2001:db8::1"), found("192.0.2.1", "192.0.2.2"), failed(errNotFound)}}
	if err := resolve.Settings(t.Context(), s, resolve.Options{Resolver: f}); err != nil {
		t.Fatal(err)
	}
	want := endpoints("2001:db8::1", "", "192.0.2.9", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.8", "fe80::1%eth0")
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("Settings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ip b.example", "ip a.example"}, f.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if _, err := s.Config(); err != nil {
		t.Errorf("Config = %v, want no error", err)
	}

	s = endpoints("a.example", "b.example")
	f = &fake{answers: []answer{found("192.0.2.1"), failed(errNotFound)}}
	err := resolve.Settings(t.Context(), s, resolve.Options{Resolver: f})
	if !errors.Is(err, errNotFound) || !strings.Contains(err.Error(), "b.example:2") {
		t.Errorf("Settings = %v, want an error that wraps %v and names b.example:2", err, errNotFound)
	}
	if diff := cmp.Diff(endpoints("a.example", "b.example"), s); diff != "" {
		t.Errorf("after an error (-want +got):\n%s", diff)
	}
	if err := resolve.Settings(t.Context(), &wgconf.Settings{}, resolve.Options{}); err != nil {
		t.Errorf("Settings without peers = %v, want no error", err)
	}
}

func TestParseRetries(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int{
		"": 15, "0": resolve.RetryNever, "5": 5, "05": 5, "2147483647": 2147483647, "infinity": resolve.RetryForever,
	} {
		if got, err := resolve.ParseRetries(value); got != want || err != nil {
			t.Errorf("ParseRetries(%q) = %d, %v, want %d", value, got, err, want)
		}
	}
	for _, value := range []string{"-1", "+1", " 1", "1 ", "0x5", "Infinity", "inf", "2147483648", "99999999999999999999999999", "x", "1_0"} {
		if got, err := resolve.ParseRetries(value); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", value)) {
			t.Errorf("ParseRetries(%q) = %d, %v, want an error that quotes the value", value, got, err)
		}
	}
}
