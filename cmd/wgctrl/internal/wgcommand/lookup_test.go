package wgcommand_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

// names is a Resolver. Each lookup of a name returns its next answer; the last
// answer repeats.
type names map[string][]answer

type answer struct {
	addr string
	err  error
}

func (n names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	answers := n[host]
	if network != "ip" || len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	if answers[0].err != nil {
		return nil, answers[0].err
	}
	return []netip.Addr{netip.MustParseAddr(answers[0].addr), netip.MustParseAddr("192.0.2.99")}, nil
}

var errBusy = &net.DNSError{Err: "server misbehaving", IsTemporary: true}

// set runs set with an endpoint. It returns the result, the requests and the time
// that it took.
func (m machine) set(t *testing.T, n names, args ...string) (got result, requests string, took time.Duration) {
	t.Helper()
	m.change = func(e *wgcommand.Env) { e.Resolver = n }
	begin := time.Now()
	got = m.run(t, append([]string{"set", "wg0", "peer", keyA, "endpoint"}, args...)...)
	requests = strings.TrimPrefix(m.devices["wg0"].requests(), lines("A:"))
	return got, requests, time.Since(begin)
}

// TestHostNames checks endpoints with names.
func TestHostNames(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"four.example:5":   "endpoint=192.0.2.1:5\n",
		"six.example:5":    "endpoint=[2001:db8::1]:5\n",
		"[six.example]:5":  "endpoint=[2001:db8::1]:5\n",
		"mapped.example:5": "endpoint=192.0.2.2:5\n",
		"127.1:5":          "endpoint=192.0.2.3:5\n", // 127.0.0.1 for wg
	} {
		got, requests, _ := newMachine("wg0", "").set(t, names{
			"four.example": {{addr: "192.0.2.1"}}, "six.example": {{addr: "2001:db8::1"}},
			"mapped.example": {{addr: "::ffff:192.0.2.2"}}, "127.1": {{addr: "192.0.2.3"}},
		}, endpoint)
		if got != (result{}) || requests != want {
			t.Errorf("set endpoint %s = %+v, requests %q, want %+v, %q", endpoint, got, requests, result{}, want)
		}
	}
}

// TestUnknownHostNames checks that permanent errors are not retried.
func TestUnknownHostNames(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"nope.example:5": "Name or service not known: `nope.example:5'\n",
		"[a b]:5":        "Name or service not known: `[a b]:5'\n",
		"192.0.2.1:5:6":  "Name or service not known: `192.0.2.1:5:6'\n",
		"localhost.:5":   "Name or service not known: `localhost.:5'\n",
	} {
		if got, _, _ := newMachine("wg0", "").set(t, names{}, endpoint); got != (result{err: want, code: 1}) {
			t.Errorf("set endpoint %s = %+v, want error %q and code 1", endpoint, got, want)
		}
	}
}

// TestRetries checks that temporary errors are retried at wg's intervals, as often
// as the environment says.
func TestRetries(t *testing.T) {
	t.Parallel()
	const text = "Temporary failure in name resolution: `a:5'"
	again := func(seconds ...string) string {
		var b strings.Builder
		for _, s := range seconds {
			b.WriteString(text + ". Trying again in " + s + " seconds...\n")
		}
		return b.String()
	}
	all := []string{"1.00", "1.20", "1.44", "1.73", "2.07", "2.49", "2.99", "3.58", "4.30", "5.16", "6.19", "7.43", "8.92", "10.70", "12.84"}
	never := names{"a": {{err: errBusy}}}
	for name, test := range map[string]struct {
		env  map[string]string
		n    names
		want result
		took time.Duration
	}{
		"once":     {nil, names{"a": {{err: errBusy}, {addr: "::1"}}}, result{err: again("1.00")}, time.Second},
		"refused":  {nil, names{"a": {{err: &net.DNSError{Err: "server misbehaving"}}, {addr: "::1"}}}, result{err: again("1.00")}, time.Second},
		"late":     {nil, names{"a": {{err: &net.DNSError{IsTimeout: true}}, {addr: "::1"}}}, result{err: again("1.00")}, time.Second},
		"thrice":   {nil, names{"a": {{err: errBusy}, {err: errBusy}, {err: errBusy}, {addr: "::1"}}}, result{err: again(all[:3]...)}, 3640 * time.Millisecond},
		"the end":  {nil, never, result{err: again(all...) + text + "\n", code: 1}, 72 * time.Second},
		"gone":     {nil, names{"a": {{err: errBusy}, {err: &net.DNSError{IsNotFound: true}}}}, result{err: again("1.00") + "Name or service not known: `a:5'\n", code: 1}, time.Second},
		"0":        {retries("0"), never, result{err: text + "\n", code: 1}, 0},
		"nothing":  {retries(""), never, result{err: text + "\n", code: 1}, 0},
		"2":        {retries(" +2"), never, result{err: again(all[:2]...) + text + "\n", code: 1}, 2200 * time.Millisecond},
		"infinity": {retries("infinity"), names{"a": repeat(16)}, result{err: again(append(all, "15.41")...)}, 87450 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMachine("wg0", "")
				m.env = test.env
				got, requests, took := m.set(t, test.n, "a:5")
				if got != test.want || took.Round(time.Second) != test.took.Round(time.Second) {
					t.Errorf("set endpoint a:5 = %+v after %v, want %+v after %v", got, took, test.want, test.took)
				}
				if (requests == "endpoint=[::1]:5\n") != (got.code == 0) {
					t.Errorf("requests = %q with code %d, want one exactly if the code is 0", requests, got.code)
				}
			})
		})
	}
}

func retries(value string) map[string]string {
	return map[string]string{"WG_ENDPOINT_RESOLUTION_RETRIES": value}
}

// repeat returns n temporary errors and an address.
func repeat(n int) []answer {
	list := make([]answer, n, n+1)
	for i := range list {
		list[i].err = errBusy
	}
	return append(list, answer{addr: "::1"})
}

// TestServiceName checks that wg retries a port that is not a number.
func TestServiceName(t *testing.T) {
	t.Parallel()
	// A number whose lower 32 bits are negative is the name of a service, too.
	for _, port := range []string{"bogus", "-1", "4294967295"} {
		text := "Servname not supported for ai_socktype: `nope.example:" + port + "'"
		synctest.Test(t, func(t *testing.T) {
			m := newMachine("wg0", "")
			m.env = retries("2")
			got, _, took := m.set(t, nil, "nope.example:"+port)
			want := text + ". Trying again in 1.00 seconds...\n" + text + ". Trying again in 1.20 seconds...\n" + text + "\n"
			if got != (result{err: want, code: 1}) || took != 2200*time.Millisecond {
				t.Errorf("set endpoint nope.example:%s = %+v after %v, want error %q after 2.2s", port, got, took, want)
			}
		})
	}
}

// TestInvalidRetries checks that an invalid number of retries is reported for every
// endpoint, before any other error, and only if there is an endpoint.
func TestInvalidRetries(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"x", "-1", "1x", "0x1", " ", "Infinity", "2147483648", "99999999999999999999"} {
		m := newMachine("wg0", "")
		m.env = retries(value)
		want := result{err: "Unable to parse WG_ENDPOINT_RESOLUTION_RETRIES: `" + value + "'\n", code: 1}
		for _, endpoint := range []string{"192.0.2.1:5", "", "x"} {
			if got, _, _ := m.set(t, nil, endpoint); got != want {
				t.Errorf("set endpoint %q = %+v, want %+v", endpoint, got, want)
			}
		}
		if got := m.run(t, "setconf", "wg0", file(t, "[Peer]\nEndpoint = 192.0.2.1:5\n")); got != want {
			t.Errorf("setconf of a file with an endpoint = %+v, want %+v", got, want)
		}
		if got := m.run(t, "setconf", "wg0", file(t, "[Interface]\n")); got != (result{}) {
			t.Errorf("setconf of a file without endpoints = %+v, want %+v", got, result{})
		}
	}
}

// TestLookupOrder checks that names are looked up before later lines are read.
func TestLookupOrder(t *testing.T) {
	t.Parallel()
	text := "[Peer]\nAllowedIPs = 10.0.0.1/8\nEndpoint = nope.example:5\nAllowedIPs = 10.0.0.2/8\nbogus\n"
	m := newMachine("wg0", "")
	m.change = func(e *wgcommand.Env) { e.Resolver = names{} }
	want := "Warning: AllowedIP has nonzero host part: 10.0.0.1/8\nName or service not known: `nope.example:5'\nConfiguration parsing error\n"
	if got := m.run(t, "setconf", "wg0", file(t, text)); got != (result{err: want, code: 1}) {
		t.Errorf("setconf of %q = %+v, want error %q and code 1", text, got, want)
	}
}

// TestCancelRetries checks that retries stop when the context ends.
func TestCancelRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var out, stderr strings.Builder
		code := wgcommand.Run(ctx, []string{"set", "wg0", "peer", keyA, "endpoint", "a:5"},
			wgcommand.Env{Out: &out, Err: &stderr, Resolver: names{"a": {{err: errBusy}}}})
		if want := 2; code != 1 || strings.Count(stderr.String(), "\n") != want {
			t.Errorf("Run = %d, messages %q, want 1, %d lines", code, stderr.String(), want)
		}
	})
}

// TestStrictLookup checks that Env.Strict hides a host name that may be a key, in
// the messages of retries, too.
func TestStrictLookup(t *testing.T) {
	t.Parallel()
	host := keyB[:16] + "q"
	text := "[Peer]\nPublicKey = " + keyA + "\nEndpoint = " + host + ":5\n"
	synctest.Test(t, func(t *testing.T) {
		for _, strict := range []bool{false, true} {
			m := newMachine("wg0", "")
			m.env = retries("1")
			m.change = func(e *wgcommand.Env) { e.Resolver, e.Strict = names{host: {{err: errBusy}}}, strict }
			shown, last := host, "Configuration parsing error\n"
			if strict {
				shown, last = "(hidden)", "" // the file is valid
			}
			line := "Temporary failure in name resolution: `" + shown + ":5'"
			want := result{err: line + ". Trying again in 1.00 seconds...\n" + line + "\n" + last, code: 1}
			if got := m.run(t, "addconf", "wg0", file(t, text)); got != want {
				t.Errorf("addconf with Strict %t = %+v, want %+v", strict, got, want)
			}
		}
	})
}
