package cli

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Condition: func(condition string) (bool, error) {
			if condition != "root" {
				return false, fmt.Errorf("unknown condition %q", condition)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"device":  scriptDevice,
			"silence": scriptSilence,
			"amnezia": scriptAmnezia,
		},
	})
}

// socketDir returns the directory of the script's sockets, which is in $SOCKETS.
// The path of the script's own directory is too long for a socket.
func socketDir(ts *testscript.TestScript) string {
	if dir := ts.Getenv("SOCKETS"); dir != "" {
		return dir
	}
	dir, err := os.MkdirTemp("", "wg")
	ts.Check(err)
	ts.Defer(func() { ts.Check(os.RemoveAll(dir)) })
	ts.Setenv("SOCKETS", dir)
	return dir
}

// scriptDevice is the script command "device name [file]". It starts a
// userspace device and sets it to file, which has lines of the text protocol.
func scriptDevice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("device %q: want the arguments name [file]", args)
	}
	dev, err := wireguardgo.New(wireguardgo.Options{Name: args[0], Dir: socketDir(ts), Bind: wireguardgo.Offline()})
	ts.Check(err)
	ts.Defer(func() { ts.Check(dev.Close()) })
	if len(args) == 2 {
		ts.Check(dev.IpcSetOperation(strings.NewReader(ts.ReadFile(args[1]))))
	}
}

// scriptSilence is the script command "silence name [file]". It serves a socket
// that answers a get with file and closes the connection on any other request.
func scriptSilence(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("silence %q: want the arguments name [file]", args)
	}
	var reply []byte
	if len(args) == 2 {
		reply = []byte(ts.ReadFile(args[1]))
	}
	stop, err := testutil.ServeSocket(socketDir(ts), args[0], func(c net.Conn) { hangUp(c, reply) })
	ts.Check(err)
	ts.Defer(stop)
}

// hangUp closes a connection after sending reply, if the request is a get.
func hangUp(c net.Conn, reply []byte) {
	defer c.Close()
	request := make([]byte, len("get=1\n\n"))
	if _, err := io.ReadFull(c, request); err == nil && string(request) == "get=1\n\n" {
		_, _ = c.Write(reply) // the client may be gone
	}
}

// scriptAmnezia is the script command "amnezia name release". It serves the socket of a
// daemon that behaves as a release of amneziawg-go.
func scriptAmnezia(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("amnezia %q: want the arguments name release", args)
	}
	release, ok := testutil.AmneziaReleases[args[1]]
	if !ok {
		ts.Fatalf("amnezia: release %q, want one of %v", args[1], testutil.AmneziaReleases)
	}
	var mu sync.Mutex
	d := testutil.AmneziaDaemon{Release: release}
	stop, err := testutil.ServeSocket(socketDir(ts), args[0], func(c net.Conn) {
		defer c.Close()
		testutil.ServeRequests(c, func(request string) ([]byte, bool) {
			mu.Lock()
			defer mu.Unlock()
			text := d.Reply(request)
			return text, len(text) > 0
		})
	})
	ts.Check(err)
	ts.Defer(stop)
}
