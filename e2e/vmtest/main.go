// Command vmtest runs programs as root on real Linux kernels inside QEMU, so
// that what depends on the kernel can be tested on a machine that has neither
// the kernel, nor the wireguard module, nor a user who would like root tests.
//
//	vmtest fetch [-cache DIR] [6.1 6.12 newest reference ...]
//	vmtest run -kernel NAME|DIR [flags] -- PROGRAM [ARG...] [-- PROGRAM [ARG...] ...]
//	vmtest capture [-cache DIR] [6.1 6.12 newest ...]
//
// A package's tests run like this:
//
//	CGO_ENABLED=0 go test -c -o x.test ./x
//	go run ./e2e/vmtest run -kernel 6.12 -file x/testdata:/x/testdata -dir /x -- x.test -test.v
//
// What needs more of a system than busybox gets one with -root reference: the
// tools of a newer Debian, its wg(8) and wg-quick(8) among them.
//
// It knows how to get Debian's kernels and packages, how to pack an initramfs and how to
// read a guest's serial ports. It knows nothing about WireGuard but the
// module's name; the programs it runs do.
//
// The exit status of run is that of the first program that failed, 125 when
// the machine failed, and 2 on misuse. NB: "go run" turns every failure into
// 1; build the command to see the number.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage:
  vmtest fetch [-cache DIR] [NAME...]
        get kernels (6.1, 6.12, newest) and a root with the newest wg(8) (reference);
        all of them by default
  vmtest run -kernel KERNEL|DIR [flags] -- PROGRAM [ARG...] [-- PROGRAM [ARG...]...]
        run host programs as root in a guest; "vmtest run -h" lists the flags
  vmtest capture [-cache DIR] [KERNEL...]
        remake the netlink captures of internal/wglinux/nlwire/testdata
`

// Exit statuses of our own; those below 125 belong to the guest's programs.
const (
	exitUsage   = 2
	exitMachine = 125
)

// errUsage marks errors of the command line, after which the usage helps.
var errUsage = errors.New("bad command line")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status, err := dispatch(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		status = 0 // The flag package has printed what was asked for.
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "vmtest: %v\n%s", err, usage)
		status = exitUsage
	case err != nil:
		fmt.Fprintf(os.Stderr, "vmtest: %v\n", err)
		status = exitMachine
	}
	os.Exit(status)
}

func dispatch(ctx context.Context, args []string) (status int, err error) {
	if len(args) == 0 {
		return 0, fmt.Errorf("%w: no command", errUsage)
	}
	switch args[0] {
	case "fetch":
		return 0, fetchCommand(ctx, args[1:])
	case "run":
		return runCommand(ctx, args[1:])
	case "capture":
		return 0, captureCommand(ctx, args[1:])
	case "-h", "-help", "--help", "help":
		fmt.Print(usage)
		return 0, nil
	}
	return 0, fmt.Errorf("%w: unknown command %q", errUsage, args[0])
}
