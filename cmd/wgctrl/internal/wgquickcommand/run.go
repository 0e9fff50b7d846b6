package wgquickcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/tunnel"
	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// Env is what the command uses of its environment.
type Env struct {
	// Program is the path by which the command was called.
	Program string
	In      io.Reader
	Out     io.Writer // hooks write to it
	Err     io.Writer
	// LookupEnv is as os.LookupEnv.
	LookupEnv func(name string) (value string, ok bool)
	// Dirs are the directories with the files of interfaces. If none has the file, the
	// first one is named.
	Dirs []string
	// Dialect is that of the files.
	Dialect wgconf.Dialect
	// UID is the real user ID. It is negative on systems without users.
	UID int
	// Doas reports that the command becomes root with doas(1) instead of sudo(8).
	Doas bool
	// Replace runs another program, argv[0], instead of this one. It returns only if it
	// fails.
	Replace func(argv []string) error
	// Client returns a Client for the devices.
	Client func() (*wgctrl.Client, error)
	// Clean removes what a terminal would interpret from a text, except for line feeds.
	Clean func(text string) string
	// StateDir is the directory of the records, as in quick.Options.
	StateDir string
}

// The exit codes, except for those of programs and hooks.
const (
	exitOK      = 0
	exitFailed  = 1
	exitNetwork = 2   // the system refused an address, a link, a route or a rule, as in ip(8)
	exitMissing = 127 // a program does not exist, as in a shell
)

// command is one run of the command.
type command struct {
	*Env
	name string // of the program, for messages
}

// Run runs the command with the arguments that follow its name, and returns its exit
// code.
func Run(ctx context.Context, args []string, env Env) int {
	c := &command{Env: &env, name: filepath.Base(env.Program)}
	if len(args) == 1 && (args[0] == "help" || args[0] == "--help" || args[0] == "-h") {
		c.writeUsage()
		return exitOK
	}
	verb, ok := verbs[strings.Join(args[:min(1, len(args))], "")]
	if !ok || len(args) != 2 {
		c.writeUsage()
		return exitFailed
	}
	if c.UID > 0 {
		return c.becomeRoot(args)
	}
	err := verb(c, ctx, args[1])
	if err == nil {
		return exitOK
	}
	c.report(err)
	return exitCode(err)
}

// report prints an error or, if it joins several, each of them.
func (c *command) report(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			c.report(err)
		}
		return
	}
	c.printf("%s: %v\n", c.name, err)
}

// verbs are the functions of the first argument. The second one names a file.
var verbs = map[string]func(c *command, ctx context.Context, arg string) error{
	"up":    func(c *command, ctx context.Context, arg string) error { return c.quick(ctx, quick.VerbUp, arg) },
	"down":  func(c *command, ctx context.Context, arg string) error { return c.quick(ctx, quick.VerbDown, arg) },
	"save":  func(c *command, ctx context.Context, arg string) error { return c.quick(ctx, quick.VerbSave, arg) },
	"strip": func(c *command, _ context.Context, arg string) error { return c.strip(arg) },
}

// strip prints the file without the settings of wg-quick.
func (c *command) strip(arg string) error {
	f, err := c.readFile(arg)
	if err != nil {
		return err
	}
	_, err = c.Out.Write(wgconf.Parse(f.path, f.text).Strip().AppendTo(nil))
	return err
}

// quick runs a function of package quick.
func (c *command) quick(ctx context.Context, v quick.Verb, arg string) error {
	f, err := c.readFile(arg)
	if err != nil {
		return err
	}
	t, err := tunnel.Parse(f.name, f.path, f.text, v, c.Dialect)
	if err != nil {
		return err
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	switch v {
	case quick.VerbUp:
		err = quick.Up(ctx, client, t, o)
	case quick.VerbDown:
		err = quick.Down(ctx, client, t, o)
	default:
		err = quick.Save(ctx, client, t, o)
	}
	return interfaceError(v, f.name, err)
}

// options returns the options of package quick.
func (c *command) options() (quick.Options, error) {
	value, _ := c.LookupEnv("WG_ENDPOINT_RESOLUTION_RETRIES")
	retries, err := resolve.ParseRetries(value)
	if err != nil {
		return quick.Options{}, fmt.Errorf("WG_ENDPOINT_RESOLUTION_RETRIES: %w", err)
	}
	userspace, _ := c.LookupEnv("WG_QUICK_USERSPACE_IMPLEMENTATION")
	return quick.Options{
		Program: c.name, Userspace: userspace, StateDir: c.StateDir,
		Stdin: c.In, Stdout: c.Out, Stderr: c.Err,
		OnStep:    func(s quick.Step) { c.printf("[#] %s\n", s.Command()) },
		OnWarning: func(err error) { c.printf("[!] %s\n", warningText(err)) },
		Resolve: resolve.Options{Retries: retries, OnRetry: func(_ wgconf.Endpoint, err error, wait time.Duration) {
			c.printf("%v; trying again in %v\n", err, wait.Round(10*time.Millisecond))
		}},
	}, nil
}

// warningText returns the text of a warning: that of wg-quick(8) if it has one.
func warningText(err error) string {
	if errors.Is(err, quick.ErrNoModule) {
		return "Missing WireGuard kernel module. Falling back to slow userspace implementation."
	}
	return err.Error()
}

// printf prints a message on standard error.
func (c *command) printf(format string, args ...any) {
	_, _ = io.WriteString(c.Err, c.Clean(fmt.Sprintf(format, args...))) // nothing can report an error
}

// becomeRoot runs the command with sudo or doas.
func (c *command) becomeRoot(args []string) int {
	argv := []string{"sudo", "-p", c.name + " must be run as root. Please enter the password for %u to continue: ", "--"}
	if c.Doas {
		argv = []string{"doas", "--"}
	}
	self, err := absoluteProgram(c.Program)
	if err == nil {
		argv = append(append(argv, self), args...)
		err = c.Replace(argv)
	}
	c.printf("%s: must be run as root: %v\n", c.name, err)
	return exitCode(err)
}

// writeUsage prints the usage.
func (c *command) writeUsage() {
	c.printf(usage, c.name, c.Dirs[0])
}

const usage = `Usage: %[1]s up | down | save | strip  INTERFACE | FILE

  up     create the interface that the file describes
  down   remove the interface
  save   write the state of the interface to the file
  strip  print the file without the settings below, for setconf and syncconf

INTERFACE stands for the file %[2]s/INTERFACE.conf. FILE is a path that ends in
the name of the interface and ".conf". Besides the settings of the device, [Interface]
can have these:

  Address     addresses of the interface, with the length of their subnet
  DNS         name servers and search domains
  MTU         by default, that of the route to the endpoints minus 80
  Table       table of the routes: a number or name, auto, or off for no routes
  PreUp, PostUp, PreDown, PostDown
              shell commands, in which %%i is the name of the interface
  SaveConfig  whether down saves the interface before: true or false

The command is part of wgctrl, which also has "wgctrl reload".
`
