package wgcompare

import (
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// awaitHandshake is the script's command "handshake NAME": it returns when each
// peer of that device in the first world has shaken hands.
func awaitHandshake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: handshake name")
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
			ts.Fatalf("no handshake: %s%s", o.stdout, o.stderr)
		}
	}
}
