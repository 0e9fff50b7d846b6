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
// The exit status of run is that of the first program that failed, 125 if the guest
// failed, and 2 for a usage error. With "go run" every failure has the exit status 1;
// build the command to get the others.
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
        download kernels (6.1, 6.12, newest) and a root with the newest wg(8)
        (reference); the default is all of them
  vmtest run -kernel KERNEL|DIR [flags] -- PROGRAM [ARG...] [-- PROGRAM [ARG...]...]
        run host programs as root in a guest; "vmtest run -h" lists the flags
  vmtest capture [-cache DIR] [KERNEL...]
        record the netlink captures in internal/wglinux/nlwire/testdata again
`

// Exit statuses of this command. Others are those of the guest's programs.
const (
	exitUsage   = 2
	exitMachine = 125
)

// errUsage marks usage errors, after which main prints the usage.
var errUsage = errors.New("usage error")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status, err := dispatch(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		status = 0 // the flag package has printed the help
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
		return 0, fmt.Errorf("%w: missing command", errUsage)
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
