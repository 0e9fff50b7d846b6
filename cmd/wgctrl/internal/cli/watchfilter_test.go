package cli

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWatchKinds checks which kinds of lines the flags select.
func TestWatchKinds(t *testing.T) {
	t.Parallel()
	all := len(eventKinds())
	if last := eventKinds()[all-1]; last != wgtypes.EventReady || all != int(wgtypes.EventReady) {
		t.Errorf("eventKinds() has %d kinds, the last is %v, want %d, %v", all, last, wgtypes.EventReady, wgtypes.EventReady)
	}
	for _, test := range []struct {
		only, transfer string // "" for not given
		json           bool
		want           int // number of kinds
		wantTransfer   bool
	}{
		{want: all - 1},
		{json: true, want: all, wantTransfer: true},
		{transfer: "true", want: all, wantTransfer: true},
		{transfer: "false", json: true, want: all - 1},
		{only: "connected,ready", want: 2},
		{only: "connected,ready", json: true, want: 2},
		{only: "connected", transfer: "true", want: 2, wantTransfer: true},
		{only: "transfer", want: 1, wantTransfer: true},
	} {
		var f watchFilter
		given := func(flag string) bool { return flag == "transfer" && test.transfer != "" }
		f.transfer = test.transfer == "true"
		if test.only != "" {
			if err := f.only.Set(test.only); err != nil {
				t.Fatalf("Set(%q) = %v, want nil", test.only, err)
			}
		}
		kinds, err := f.check(given, test.json)
		if transfer := slices.Contains(kinds, wgtypes.EventTransfer); err != nil || len(kinds) != test.want || transfer != test.wantTransfer {
			t.Errorf("kinds of %+v = %v, %v, want %d, transfer %t", test, kinds, err, test.want, test.wantTransfer)
		}
	}
}

// TestWatchHelpKinds checks that the help of watch describes each kind of line.
func TestWatchHelpKinds(t *testing.T) {
	t.Parallel()
	_, list, _ := strings.Cut(watchLong, "Kinds of lines:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	words := strings.Fields(strings.ReplaceAll(list, ",", " "))
	for _, name := range eventNames() {
		if !slices.Contains(words, name) {
			t.Errorf("kinds in the help of watch = %q, want %q among them", list, name)
		}
	}
}

// serveCounters serves a device whose peer receives more at each reading.
func serveCounters(t *testing.T, dir, name string) {
	t.Helper()
	var readings atomic.Uint64
	serveSocket(t, dir, name, func(c net.Conn) {
		defer c.Close()
		n := readings.Add(1)
		text := fmt.Sprintf("public_key=%x\nrx_bytes=%d\ntx_bytes=7\nerrno=0\n\n", watchedPeer[:], n)
		_, _ = io.WriteString(c, text) // the client may be gone
	})
}

// TestWatchTransfer checks that lines have traffic only if it is asked for, and which
// lines --only selects.
func TestWatchTransfer(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	serveCounters(t, dir, "wg0")
	startDevice(t, dir, "wg1")
	flags = append(flags, "watch", "--interval", "10ms")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--transfer"}, ` transfer wg0 \S{44} received [1-9]\d* B, sent 0 B$`},
		{[]string{"--transfer", "--transfer-interval", "30ms"}, ` transfer wg0 \S{44} received [1-9]\d* B, sent 0 B$`},
		{[]string{"--only", "transfer"}, ` transfer wg0 `},
		{[]string{"--json"}, `"kind":"transfer","device":\{"name":"wg0".*"changed":\["receive_bytes"\]`},
	} {
		r := start(t, append(slices.Clone(flags), test.args...)...)
		r.awaits(test.want)
		r.ends(1, "")
	}
	for _, args := range [][]string{nil, {"--json", "--transfer=false"}, {"--only", "device-added,device-changed", "--only", "ready"}} {
		r := start(t, append(slices.Clone(flags), args...)...)
		r.awaits(`ready`)
		configure(t, dir, "wg1", wgtypes.Config{FirewallMark: new(uint32(7))})
		r.endsAfter(`device-changed`, `transfer|peer-added wg1`)
		configure(t, dir, "wg1", wgtypes.Config{FirewallMark: new(uint32(0))})
	}
}

// endsAfter reads lines until one matches last, and then ends the command. None before
// it may match never.
func (r *running) endsAfter(last, never string) {
	r.t.Helper()
	for line := ""; !strings.Contains(line, last); {
		line = r.awaits(last + "|" + never)
		if !strings.Contains(line, last) {
			r.t.Errorf("line %q, want none that matches %s", line, never)
		}
	}
	r.ends(1, "")
}
