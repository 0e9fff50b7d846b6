//go:build linux

// Command capture runs in a guest of vmtest and records netlink messages as a txtar
// archive: the replies of the kernel about devices that wg(8) has configured, and
// the requests of wg(8) when it configures them.
//
// The captures test the codec in internal/wglinux/nlwire. Therefore this command
// does not use the codec: it encodes requests by hand, and reads only the headers of
// replies.
//
//	capture get      # the kernel's replies
//	capture wg-set   # wg's requests
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	// Relative file names keep the recorded commands short.
	check(os.Chdir(os.TempDir()))
	if len(os.Args) != 2 {
		fail("usage: capture get|wg-set")
	}
	switch os.Args[1] {
	case "get":
		captureDevices()
		captureErrors()
		captureLinks()
	case "wg-set":
		captureSets()
	default:
		fail("unknown argument %q: must be get or wg-set", os.Args[1])
	}
}

// fail ends the program, because an incomplete capture is useless.
func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "capture: "+format+"\n", args...)
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// sh runs a command line and returns its output.
func sh(command string) string {
	cmd := exec.Command("sh", "-c", command)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fail("%s: %v", command, err)
	}
	return string(out)
}

// uname returns the kernel's release and version. In Debian the release contains the
// ABI, and the version the upstream patch level.
func uname() (release, version string) {
	var u unix.Utsname
	check(unix.Uname(&u))
	return unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:])
}

// series returns the name of the kernel's directory, such as 6.12.
func series() string {
	release, _ := uname()
	f := strings.SplitN(release, ".", 3)
	return f[0] + "." + strings.TrimRight(f[1], "-abcdefghijklmnopqrstuvwxyz+")
}
