// Command vmtest runs programs as root on Linux kernels inside QEMU. Tests that
// depend on the kernel can then run on a machine with another kernel, without the
// wireguard module, and without root.
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
// With -root reference, programs have the tools of a newer Debian, including wg(8)
// and wg-quick(8); otherwise they have only busybox.
//
// vmtest downloads Debian's kernels and packages, packs an initramfs and reads the
// serial ports of the guest. It contains nothing specific to WireGuard except the
// name of the module.
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
