package wgcompare

import (
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// awaitHandshake is the script command "handshake NAME". It waits until each peer
// of the device in the first world has had a handshake.
func awaitHandshake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("handshake %q, want handshake NAME", args)
	}
	c := comparisonOf(ts)
	ask := command{program: "wg", args: []string{"show", args[0], "latest-handshakes"}}
	deadline := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		o, err := c.worlds[0].run(ask, referenceTool, "/")
		ts.Check(err)
		if o.stdout != "" && !strings.Contains(o.stdout, "\t0\n") {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			ts.Fatalf("after %v the handshakes are %s%s, want one of each peer", patience, o.stdout, o.stderr)
		}
	}
}
