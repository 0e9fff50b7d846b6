package wgcompare

import (
	"bufio"
	"fmt"
	"net"
	"os"
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

// listen creates the socket of a daemon in the world, and calls handle for each
// connection. The world removes the file when it ends.
func (w *world) listen(name string, handle func(net.Conn)) (end func(), err error) {
	l, err := w.socket(name)
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			conn.Close()
		}
	}()
	return func() {
		l.Close()
		<-ended
	}, nil
}

func socketPath(name string) string { return socketDir + "/" + name + ".sock" }

func (w *world) socket(name string) (l *net.UnixListener, err error) {
	path := socketPath(name)
	err = w.Do(func() error {
		l, err = net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
		if err != nil {
			return err
		}
		// Closing it outside the world would remove another file with this path.
		l.SetUnlinkOnClose(false)
		return os.Chmod(path, 0o700)
	})
	return l, err
}

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
