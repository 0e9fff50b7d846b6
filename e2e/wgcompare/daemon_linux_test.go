package wgcompare

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// startDaemon is the script command "daemon NAME GET [SET]". It starts a fake
// daemon in both worlds, which answers with the content of the files GET and SET
// and ignores changes.
//
// In an answer, "now-3600" becomes the time of an hour ago in seconds.
func startDaemon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("daemon %q, want daemon NAME GET [SET]", args)
	}
	answers := map[string]string{"get=1\n": ts.ReadFile(args[1]), "set=1\n": "errno=0\n\n"}
	if len(args) == 3 {
		answers["set=1\n"] = ts.ReadFile(args[2])
	}
	c := comparisonOf(ts)
	c.ages = c.ages || strings.Contains(answers["get=1\n"], "last_handshake")
	ts.Check(c.inBoth(func(i int) error {
		end, err := c.worlds[i].listen(args[0], func(conn net.Conn) { answer(conn, answers) })
		if err == nil {
			ts.Defer(end)
		}
		return err
	}))
}

// answer reads a request up to its empty line and answers it.
func answer(conn net.Conn, answers map[string]string) {
	request := bufio.NewReader(conn)
	operation, err := request.ReadString('\n')
	for line := operation; err == nil && line != "\n"; {
		line, err = request.ReadString('\n')
	}
	fmt.Fprint(conn, atNow(answers[operation]))
}

var relative = regexp.MustCompile(`\bnow([+-]\d+)`)

// atNow replaces "now-3600" and the like by times.
func atNow(text string) string {
	now := time.Now().Unix()
	return relative.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseInt(s[len("now"):], 10, 64)
		return strconv.FormatInt(now+n, 10)
	})
}
