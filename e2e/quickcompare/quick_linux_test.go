package quickcompare

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// runQuick is this test's program under the name wg-quick: package quick with the
// arguments, messages and exit codes of wg-quick.
func runQuick(args []string) int {
	verbs := map[string]func(context.Context, *wgctrl.Client, *quick.Tunnel, quick.Options) error{
		"up": quick.Up, "down": quick.Down, "reload": quick.Reload, "save": quick.Save,
	}
	if len(args) != 2 || verbs[args[0]] == nil {
		fmt.Fprintln(os.Stderr, "usage: wg-quick up|down|reload|save FILE|INTERFACE")
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

func runVerb(verb func(context.Context, *wgctrl.Client, *quick.Tunnel, quick.Options) error, file string) error {
	tunnel, err := readTunnel(file)
	if err != nil {
		return err
	}
	client, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer client.Close()
	err = verb(context.Background(), client, tunnel, quick.Options{
		Program:   "wg-quick",
		NetNS:     os.Getenv(netnsVariable),
		Userspace: os.Getenv("WG_QUICK_USERSPACE_IMPLEMENTATION"),
		Stdin:     os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		OnStep:    announce(),
		OnWarning: func(err error) { fmt.Fprintln(os.Stderr, "warning:", err) },
		Resolve:   resolve.Options{Retries: resolve.RetryNever},
	})
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("`%s' already exists", tunnel.Name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("`%s' is not a WireGuard interface", tunnel.Name)
	}
	return err
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

var (
	interfaceName = regexp.MustCompile(`^[a-zA-Z0-9_=+.-]{1,15}$`)
	fileName      = regexp.MustCompile(`(?:^|/)([a-zA-Z0-9_=+.-]{1,15})\.conf$`)
)

func readTunnel(file string) (*quick.Tunnel, error) {
	if interfaceName.MatchString(file) {
		file = confPath(file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("`%s' does not exist", file)
	}
	name := fileName.FindStringSubmatch(file)
	if name == nil {
		return nil, errors.New("The config file must be a valid interface name, followed by .conf")
	}
	path, err := filepath.EvalSymlinks(file)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && worldAccessible(info, filepath.Dir(path)) {
		fmt.Fprintf(os.Stderr, "Warning: `%s' is world accessible\n", path)
	}
	parsed := wgconf.Parse(path, text)
	settings, err := parsed.Settings(wgconf.DialectWGQuick)
	if err != nil {
		return nil, err
	}
	return &quick.Tunnel{Name: name[1], Path: path, File: parsed, Settings: settings}, nil
}

func worldAccessible(file fs.FileInfo, dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && file.Mode()&info.Mode()&0o007 != 0
}
