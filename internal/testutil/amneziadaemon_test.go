package testutil

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestAmneziaDaemonRecorded sends the recorded requests of each release to
// AmneziaDaemon. The files have these lines, in which texts are quoted as in Go:
//
//	new                a new device
//	load KEY=VALUE...  the parameters after a request that was not recorded
//	set "TEXT"         a set request
//	keepalive "VALUE"  a set request that gives a peer this interval
//	peer "LINE"        a set request with this line of a peer
//	ERRNO KEY=VALUE... the reply, and the parameters in the next get reply
//
// The last two requests have no parameters after ERRNO.
func TestAmneziaDaemonRecorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/amneziawg/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %q, %v, want files", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		release, ok := AmneziaReleases[name]
		if !ok {
			t.Errorf("AmneziaReleases[%q] = no release, want one", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			replayRecording(t, release, string(text))
		})
	}
}

func replayRecording(t *testing.T, release AmneziaRelease, text string) {
	t.Helper()
	var d *AmneziaDaemon
	var request, got string
	showsState := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "#":
		case "new":
			d = &AmneziaDaemon{Release: release}
		case "load":
			d.Values = valuesOf(rest)
		case "set", "keepalive", "peer":
			request = requestOf(t, word, rest)
			got = string(d.Reply(request))
			if showsState = word == "set"; showsState {
				got += parametersOf(d)
			}
		default:
			n, err := strconv.Atoi(word)
			if err != nil {
				t.Fatalf("line %q: want a number", line)
			}
			want := fmt.Sprintf("errno=%d\n\n", n)
			if showsState {
				want += rest
			}
			if got != want {
				t.Errorf("Reply(%.200q) = %q, want %q", request, got, want)
				d.Values = valuesOf(rest)
			}
		}
	}
}

// requestOf returns the request of a line of a recording.
func requestOf(t *testing.T, word, quoted string) string {
	t.Helper()
	text, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatalf("Unquote(%s) = %v, want nil", quoted, err)
	}
	peer := "set=1\npublic_key=" + strings.Repeat("33", 32) + "\n"
	switch word {
	case "keepalive":
		return peer + "persistent_keepalive_interval=" + text + "\n\n"
	case "peer":
		return peer + text + "\n\n"
	}
	return "set=1\n" + text + "\n"
}

// parametersOf returns the lines of a get reply with parameters, separated by blanks.
func parametersOf(d *AmneziaDaemon) string {
	var list []string
	for line := range strings.Lines(string(d.Reply(GetRequest))) {
		key, _, _ := strings.Cut(line, "=")
		if _, ok := parameterOf(key); ok {
			list = append(list, strings.TrimSuffix(line, "\n"))
		}
	}
	return strings.Join(list, " ")
}

// valuesOf is the inverse of parametersOf.
func valuesOf(text string) map[string]string {
	values := map[string]string{}
	for _, p := range wgtypes.AmneziaParameters() {
		if _, rest, ok := strings.Cut(" "+text, " "+p.Name()+"="); ok {
			for _, next := range wgtypes.AmneziaParameters() {
				rest, _, _ = strings.Cut(rest, " "+next.Name()+"=")
			}
			values[p.Name()] = rest
		}
	}
	return values
}

// TestAmneziaDaemonOrder checks the order of a reply, and what it has of a peer.
func TestAmneziaDaemonOrder(t *testing.T) {
	t.Parallel()
	const request = "set=1\nfwmark=7\ni1=<t>\njc=4\npublic_key=3333333333333333333333333333333333333333333333333333333333333333\n\n"
	for name, want := range map[string]string{
		"0.2.13": "fwmark=7\njc=4\njmax=1\ni1=<t>\npublic_key=",
		"0.2.19": "fwmark=7\njc=4\nh1=1\nh2=2\nh3=3\nh4=4\ni1=<t>\npublic_key=",
		"3.1":    "fwmark=7\njc=4\nh1=1\nh2=2\nh3=3\nh4=4\ni1=<t>\nrandom_trailers=0\ndisable_cookies=0\npublic_key=",
	} {
		d := &AmneziaDaemon{Release: AmneziaReleases[name]}
		if got := d.Reply(request); !bytes.Equal(got, uapi.AppendErrno(nil, 0)) {
			t.Errorf("%s: Reply(%q) = %q, want errno 0", name, request, got)
		}
		got := string(d.Reply(GetRequest))
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: Reply(%q) = %q, want %q first", name, GetRequest, got, want)
		}
		if has := strings.Contains(got, "persistent_keepalive_interval=0\n"); has == (d.Release >= AmneziaGo30) {
			t.Errorf("%s: reply with a keepalive of 0 = %t, want %t", name, has, !has)
		}
	}
}

// TestAmneziaDaemonCrashes checks that the fake sees values with which a real daemon
// crashes.
func TestAmneziaDaemonCrashes(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]string{
		"jc=3\njmin=100\njmax=50\n": "jmin is larger than jmax",
		"i2=<r -1>\n":               "a packet of negative length",
		"jc=3\njmin=50\njmax=51\n":  "",
	} {
		d := &AmneziaDaemon{Release: AmneziaGo19}
		d.Reply("set=1\n" + request + "\n")
		if got := d.Crashes(); got != want {
			t.Errorf("Crashes after %q = %q, want %q", request, got, want)
		}
	}
	d := &AmneziaDaemon{Release: AmneziaGo12}
	if d.Reply("set=1\ns1=-1\n\n"); d.Crashes() != "a negative prefix" {
		t.Errorf("Crashes after s1=-1 = %q, want %q", d.Crashes(), "a negative prefix")
	}
}
