package quickcompare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// runQuick is this test's program under the name wg-quick: package quick with a verb
// and the name of an interface as arguments.
func runQuick(args []string) int {
	verbs := map[string]func(context.Context, *wgctrl.Client, *quick.Tunnel, quick.Options) error{
		"up": quick.Up, "down": quick.Down, "reload": quick.Reload, "save": quick.Save,
	}
	if len(args) != 2 || verbs[args[0]] == nil {
		fmt.Fprintln(os.Stderr, "usage: wg-quick up|down|reload|save INTERFACE")
		return 1
	}
	err := runVerb(verbs[args[0]], args[1])
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "wg-quick: %v\n", err)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 1
}

func runVerb(verb func(context.Context, *wgctrl.Client, *quick.Tunnel, quick.Options) error, name string) error {
	tunnel, err := readTunnel(name)
	if err != nil {
		return err
	}
	client, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer client.Close()
	return verb(context.Background(), client, tunnel, quick.Options{
		Program:   "wg-quick",
		NetNS:     os.Getenv(netnsVariable),
		Userspace: os.Getenv("WG_QUICK_USERSPACE_IMPLEMENTATION"),
		Stdin:     os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		OnStep:    announce(),
		OnWarning: func(err error) { fmt.Fprintln(os.Stderr, "warning:", err) },
		Resolve:   resolve.Options{Retries: resolve.RetryNever},
	})
}

// killVariable is the environment variable with the number of the step before which
// the program kills itself.
const killVariable = "QUICKCOMPARE_KILL"

// netnsVariable is the environment variable with the namespace of the interface.
const netnsVariable = "QUICKCOMPARE_NETNS"

// announce returns a function that prints steps as wg-quick does.
func announce() func(quick.Step) {
	last, err := strconv.Atoi(os.Getenv(killVariable))
	n := 0
	return func(s quick.Step) {
		if n++; err == nil && n == last {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		fmt.Fprintln(os.Stderr, "[#]", s.Command())
	}
}

// readTunnel reads the file of an interface in /etc/wireguard.
func readTunnel(name string) (*quick.Tunnel, error) {
	path := confPath(name)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file := wgconf.Parse(path, text)
	settings, err := file.Settings(wgconf.DialectWGQuick)
	if err != nil {
		return nil, err
	}
	return &quick.Tunnel{Name: name, Path: path, File: file, Settings: settings}, nil
}
