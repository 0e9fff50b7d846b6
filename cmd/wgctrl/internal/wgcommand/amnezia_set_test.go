//go:build unix && !netbsd

package wgcommand_test

import (
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// amneziaDaemon returns a machine with the device awg0 of a release of amneziawg-go, on
// which the command behaves as awg, and a function that returns the requests that set
// something since its last call.
func amneziaDaemon(t *testing.T, release testutil.AmneziaRelease) (m machine, sets func() string) {
	t.Helper()
	var mu sync.Mutex
	var requests []string
	d := testutil.AmneziaDaemon{Release: release}
	reply := func(request string) ([]byte, bool) {
		mu.Lock()
		defer mu.Unlock()
		if body, ok := strings.CutPrefix(request, "set=1\n"); ok {
			requests = append(requests, body)
		}
		text := d.Reply(request)
		if why := d.Crashes(); why != "" {
			t.Errorf("after %q the daemon will crash: %s, want no crash", request, why)
		}
		return text, len(text) > 0
	}
	dir := wgtest.SocketDir(t)
	stop, err := testutil.ServeSocket(dir, "awg0", func(c net.Conn) {
		defer c.Close()
		testutil.ServeRequests(c, reply)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	m = newMachine()
	m.change = func(e *wgcommand.Env) {
		asAWG(e)
		e.Client = func() (*wgctrl.Client, error) {
			return wgctrl.New(wgctrl.WithBackends(wgtypes.KindAmneziaUserspace), wgctrl.WithAmneziaSocketDirs(dir), wgctrl.WithUntrustedSockets())
		}
	}
	return m, func() string {
		mu.Lock()
		defer mu.Unlock()
		all := strings.Join(requests, "\n")
		requests = nil
		return all
	}
}

// step is a command of awg, whose words are separated by "|", and what it prints.
type step struct {
	words string
	want  result
}

// ok is a command that succeeds and prints nothing, and fails returns one that fails.
func ok(words string) step              { return step{words: words} }
func shows(words, out string) step      { return step{words, result{out: out}} }
func fails(words, message string) step  { return step{words, result{err: message + "\n", code: 1}} }
func refuses(words, reason string) step { return fails(words, "Unable to modify interface: "+reason) }
func (m machine) runSteps(t *testing.T, steps ...step) {
	t.Helper()
	for _, s := range steps {
		if got := m.run(t, strings.Split(s.words, "|")...); got != s.want {
			t.Fatalf("awg %s = %+v, want %+v", s.words, got, s.want)
		}
	}
}

// TestAmneziaSet changes a device of AmneziaWG 3.1, step by step.
func TestAmneziaSet(t *testing.T) {
	t.Parallel()
	m, _ := amneziaDaemon(t, testutil.AmneziaGo31)
	secret, peer := file(t, keyB+"\n"), "peer|"+keyA+"|"
	dump := func(columns string) step { return shows("show|awg0|dump", strings.ReplaceAll(columns, " ", "\t")+"\n") }
	m.runSteps(t,
		ok("set|awg0|jc|4|jmin|8|jmax|80|s1|15|s2|16|s3|17|s4|18|h1|5 - 9|i1|<b 0xc0ff>|header-protection-key|"+secret+"|rekey-timeout|3-5|random-trailers|on|listen-port|7"),
		shows("show|awg0|i1", "<b 0xc0ff>\n"),
		ok("set|awg0|i1||fwmark|1"),
		dump("(none) (none) 7 4 8 80 15 16 17 18 5-9 2 3 4 (null) (null) (null) (null) (null) "+keyB+" 0 0 3-5 0 0 0 on off 0x1"),
		ok("set|awg0|header-protection-key|/dev/null|s1|0|s2|0|s3|0|s4|0|h1|1|jc|0|jmin|0|jmax|0|rekey-timeout|0|random-trailers|0|disable-cookies|on"),
		dump("(none) (none) 7 0 0 0 0 0 0 0 1 2 3 4 (null) (null) (null) (null) (null) (none) 0 0 0 0 0 0 off on 0x1"),
		ok("set|awg0|"+peer+"persistent-keepalive|22-30"),
		shows("show|awg0|persistent-keepalive", keyA+"\t22-30\n"),
		ok("set|awg0|"+peer+"persistent-keepalive|25"),
		shows("show|awg0|persistent-keepalive", keyA+"\t25\n"),
		ok("set|awg0|"+peer+"persistent-keepalive|off"),
		shows("show|awg0|persistent-keepalive", keyA+"\toff\n"),
		step{"set|awg0|" + peer + "advanced-security|on", result{err: "Warning: advanced-security is ignored\n"}},
	)
}

// TestAmneziaSetErrors checks the messages about words and values, which are not sent.
func TestAmneziaSetErrors(t *testing.T) {
	t.Parallel()
	m, sets := amneziaDaemon(t, testutil.AmneziaGo31)
	peer := "peer|" + keyA + "|"
	const keepalive = "Persistent keepalive interval is neither 0/off nor 1-65535"
	const keepaliveRange = keepalive + " nor a range of these, lower end first: `"
	m.runSteps(t,
		fails("set|awg0|jc|70000", "Unable to parse jc: `70000'"),
		fails("set|awg0|jc|0x4", "Unable to parse jc: `0x4'"),
		fails("set|awg0|s1|-1", "Unable to parse s1: `-1'"),
		fails("set|awg0|h1|5-3", "Unable to parse h1: `5-3'"),
		fails("set|awg0|h1|off", "Unable to parse h1: `off'"),
		fails("set|awg0|rekey-timeout|70000", "Unable to parse rekey-timeout: `70000'"),
		fails("set|awg0|random-trailers|yes", "Unable to parse random-trailers: `yes'"),
		fails("set|awg0|i1|<r -1>", "Unable to parse i1: `<r -1>'"),
		fails("set|awg0|jc", "Invalid argument: jc"),
		fails("set|awg0|j1|<r 5>", "Invalid argument: j1"),
		fails("set|awg0|"+peer+"jc|4", "Invalid argument: jc"),
		fails("set|awg0|advanced-security|on", "Invalid argument: advanced-security"),
		fails("set|awg0|"+peer+"advanced-security|yes", "Boolean value is neither on/off nor 0/1: `yes'"),
		fails("set|awg0|"+peer+"persistent-keepalive|30-22", keepaliveRange+"30-22'"),
		fails("set|awg0|"+peer+"persistent-keepalive|70000", keepalive+": `70000'"),
		fails("set|awg0|"+peer+"persistent-keepalive|1-70000", keepaliveRange+"1-70000'"),
		fails("set|awg0|"+peer+"persistent-keepalive|20-", keepaliveRange+"20-'"),
		fails("set|nosuch|jc|4", "Unable to modify interface: No such device"),
		// These values are valid, but the device would not work with them.
		refuses("set|awg0|jmin|90", "Amnezia.Jmin: invalid number 90: must be at most Jmax, which is 0"),
		refuses("set|awg0|h1|2", "Amnezia.H2: invalid range 2: must not overlap H1, which is 2"),
		refuses("set|awg0|header-protection-key|"+file(t, keyB), "Amnezia.S1: invalid number 0: must be at least 12 if HeaderProtectionKey is set"),
	)
	if got := sets(); got != "" {
		t.Errorf("the device received %q, want nothing", got)
	}
}

// TestAmneziaSetVersions checks that a version refuses the parameters that it does not
// have, with a message that says so, and without a change.
func TestAmneziaSetVersions(t *testing.T) {
	t.Parallel()
	junk := ok("set|awg0|jc|4|jmin|8|jmax|80")
	for release, steps := range map[testutil.AmneziaRelease][]step{
		testutil.AmneziaGo12: {
			junk, refuses("set|awg0|h1|5-9", ""), refuses("set|awg0|i1|<r 4>", ""), refuses("set|awg0|s3|5", ""),
		},
		testutil.AmneziaGo19: {
			junk, ok("set|awg0|h1|5-9|i1|<r 4>"), fails("set|awg0|jc|0", "Unable to modify interface: Invalid argument"), refuses("set|awg0|rekey-timeout|5", ""),
		},
		testutil.AmneziaGo30: {ok("set|awg0|rekey-timeout|5"), refuses("set|awg0|random-trailers|on", "")},
	} {
		m, _ := amneziaDaemon(t, release)
		before := ""
		for _, s := range steps {
			got := m.run(t, strings.Split(s.words, "|")...)
			state := m.run(t, "show", "awg0", "dump").out
			if s.want == refuses(s.words, "").want && strings.Contains(got.err, "; the device has ") {
				got.err = s.want.err
			}
			if got != s.want || got.code != 0 && state != before {
				t.Errorf("awg %s on release %d = %+v, state %q after %q, want %+v, and after an error the version and no change", s.words, release, got, state, before, s.want)
			}
			before = state
		}
	}
}

// TestAmneziaFile applies files of awg, with the keys of every version.
func TestAmneziaFile(t *testing.T) {
	t.Parallel()
	m, sets := amneziaDaemon(t, testutil.AmneziaGo31)
	text := "[Interface]\nListenPort = 7\nPrivateKey = " + keyB + "\nJc = 4\nJmin = 8\nJmax = 80\nS1 = 15\nS2 = 16\nS3 = 17\nS4 = 18\nH1 = 5-9\nI1 = <b 0xc0ff><r 16>\n" +
		"HeaderProtectionKey = " + keyB + "\nRekeyTimeout = 3-5\nDisableCookies = on\n\n[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = 10.0.0.0/8\nPersistentKeepalive = 22-30\n"
	m.runSteps(t,
		ok("setconf|awg0|"+file(t, text)),
		shows("showconf|awg0", text),
		// Parameters that a file does not name stay.
		ok("syncconf|awg0|"+file(t, "[Interface]\nPrivateKey = B\nListenPort = 7\nJc = 0\nI1 =\nRekeyAfterTime =\n[Peer]\nPublicKey = A\nAllowedIPs = 10.0.0.0/8\n")),
		shows("showconf|awg0", strings.NewReplacer("Jc = 4\n", "", "I1 = <b 0xc0ff><r 16>\n", "", "PersistentKeepalive = 22-30\n", "").Replace(text)),
		step{"addconf|awg0|" + file(t, "[Interface]\n  i1 = <r 4>\nJ1 = <r 4>\n[Peer]\nPublicKey = A\nAdvancedSecurity = off\n"), result{err: "Warning: J1 is ignored\nWarning: AdvancedSecurity is ignored\n"}},
		shows("show|awg0|i1", "<r 4>\n"),
	)
	_ = sets()
	for line, want := range map[string]string{
		"Jc = 70000":              "Unable to parse Jc: `70000'",
		"Jc =":                    "Line unrecognized: `Jc='",
		"H1 = off":                "Unable to parse H1: `off'",
		"HeaderProtectionKey = x": "Key is not the correct length or format: `(hidden)'",
		"RandomTrailers = yes":    "Unable to parse RandomTrailers: `yes'",
		"I1 = nothing":            "Unable to parse I1: `nothing'",
	} {
		m.runSteps(t, fails("setconf|awg0|"+file(t, "[Interface]\n"+line+"\n"), want+"\nConfiguration parsing error"))
	}
	if got := sets(); got != "" {
		t.Errorf("the device received %q, want nothing", got)
	}
	wg := m
	change := m.change
	wg.change = func(e *wgcommand.Env) {
		change(e)
		e.Amnezia = false
	}
	wg.runSteps(t, fails("addconf|awg0|"+file(t, "[Interface]\nJc = 4\n"), "Line unrecognized: `Jc=4'\nConfiguration parsing error"))
}

// TestAmneziaRoundTrip checks that setconf with the output of showconf reproduces the
// parameters of random devices of each release.
func TestAmneziaRoundTrip(t *testing.T) {
	t.Parallel()
	for name, release := range testutil.AmneziaReleases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				d := wgtest.RandomDevice(rand.New(rand.NewPCG(seed, 7)), wgtest.RandomOptions{Amnezia: release.Version()})
				if a := d.Amnezia; a.S2+92 == a.S3+64 {
					a.S3++ // early releases reject a response and a cookie reply of the same length
				}
				text := string((&wgconf.Settings{Interface: wgconf.FromDevice(d).Interface}).AppendTo(nil))
				m, _ := amneziaDaemon(t, release)
				m.runSteps(t, ok("setconf|awg0|"+file(t, text)), shows("showconf|awg0", text))
			}
		})
	}
}
