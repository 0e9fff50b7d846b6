package cli

import (
	"io"
	"net"
	"os"
	"strings"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"device":  startDevice,
			"silence": startSilence,
		},
	})
}

// socketDir is the directory of the script's sockets, in $SOCKETS. That of the
// script itself has too long a path.
func socketDir(ts *testscript.TestScript) string {
	if dir := ts.Getenv("SOCKETS"); dir != "" {
		return dir
	}
	dir, err := wireguardgo.TempDir()
	ts.Check(err)
	ts.Defer(func() { ts.Check(os.RemoveAll(dir)) })
	ts.Setenv("SOCKETS", dir)
	return dir
}

// startDevice is the script's command "device name [file]". It starts a
// userspace device, with the text protocol's lines of file set.
func startDevice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: device name [file]")
	}
	dev, err := wireguardgo.New(wireguardgo.Options{Name: args[0], Dir: socketDir(ts), Bind: wireguardgo.Offline()})
	ts.Check(err)
	ts.Defer(func() { ts.Check(dev.Close()) })
	if len(args) == 2 {
		ts.Check(dev.IpcSetOperation(strings.NewReader(ts.ReadFile(args[1]))))
	}
}

// startSilence is the script's command "silence name [file]": a socket whose
// server answers a get with file, and hangs up on everything else.
func startSilence(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: silence name [file]")
	}
	var reply []byte
	if len(args) == 2 {
		reply = []byte(ts.ReadFile(args[1]))
	}
	stop, err := testutil.ServeSocket(socketDir(ts), args[0], func(c net.Conn) { hangUp(c, reply) })
	ts.Check(err)
	ts.Defer(stop)
}

// hangUp closes a connection, after the reply to a get if there is one.
func hangUp(c net.Conn, reply []byte) {
	defer c.Close()
	request := make([]byte, len("get=1\n\n"))
	if _, err := io.ReadFull(c, request); err == nil && string(request) == "get=1\n\n" {
		// Who asked may have gone.
		_, _ = c.Write(reply)
	}
}
