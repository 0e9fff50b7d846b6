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

// startDaemon is the script's command "daemon NAME GET [SET]": a socket in both
// worlds behind which nothing is but these answers, from files. What it is
// asked to set it forgets.
//
// In an answer "now-3600" stands for that time in seconds.
func startDaemon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: daemon name get [set]")
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

// answer reads one request to its empty line.
func answer(conn net.Conn, answers map[string]string) {
	request := bufio.NewReader(conn)
	operation, err := request.ReadString('\n')
	for line := operation; err == nil && line != "\n"; {
		line, err = request.ReadString('\n')
	}
	fmt.Fprint(conn, atNow(answers[operation]))
}

var relative = regexp.MustCompile(`\bnow([+-]\d+)`)

// atNow puts times in the place of "now-3600" and the like.
func atNow(text string) string {
	now := time.Now().Unix()
	return relative.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseInt(s[len("now"):], 10, 64)
		return strconv.FormatInt(now+n, 10)
	})
}
