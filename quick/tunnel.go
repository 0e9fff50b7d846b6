package quick

import (
	"context"
	"errors"
	"io"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// Tunnel is an interface and the file that describes it.
type Tunnel struct {
	// Name is the name of the interface.
	Name string
	// Path is the path of the file, for hooks and Save. It may be empty.
	Path string
	// File is the text of the file, which Save edits. If it is nil, Save writes a
	// new text.
	File *wgconf.File
	// Settings are the values of the file. Down may be called without them: it then
	// runs no hooks.
	Settings *wgconf.Settings
}

// Options control what the functions of this package do. The zero value does what
// wg-quick does.
type Options struct {
	// NetNS is the network namespace of the interface: a name of ip-netns(8) or, with
	// a slash, a path. The UDP sockets of the interface stay in the namespace of the
	// caller. Empty means the namespace of the calling thread.
	NetNS string
	// Program is the name for messages and for the variable PROGRAM of hooks. Empty
	// means wgctrl.
	Program string
	// Userspace is the program that creates the interface if the kernel has no
	// WireGuard. Empty means wireguard-go.
	Userspace string
	// Stdin, Stdout and Stderr are those of hooks and programs, as in os/exec.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// OnStep, if not nil, is called before each step.
	OnStep func(Step)
	// OnWarning, if not nil, is called with problems that do not stop the function.
	OnWarning func(error)
	// Resolve controls how host names of endpoints are resolved.
	Resolve resolve.Options
	// ResolveLater ignores host names that cannot be resolved. The interface comes
	// up without the endpoints of these peers.
	ResolveLater bool
}

// Up creates the interface t.
//
// Errors wrap fs.ErrExist if an interface with this name exists.
func Up(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return errors.ErrUnsupported
}

// Down removes the interface t, and what an interrupted Up or Down left of it.
//
// Errors wrap fs.ErrNotExist if nothing of the interface exists.
func Down(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return errors.ErrUnsupported
}

// Reload changes the running interface t to match its settings. Peers that do not
// change keep their sessions. It does not run hooks.
func Reload(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return errors.ErrUnsupported
}

// Save writes the state of the running interface t to its file.
func Save(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return errors.ErrUnsupported
}

// Plan returns the steps that the function v would take now. It changes nothing.
func Plan(ctx context.Context, c *wgctrl.Client, v Verb, t *Tunnel, o Options) ([]Step, error) {
	return nil, errors.ErrUnsupported
}

// Verb selects a function for Plan.
type Verb uint8

// The verbs.
const (
	VerbUp     Verb = iota // Up
	VerbDown               // Down
	VerbReload             // Reload
	VerbSave               // Save
)

// String returns "up", "down", "reload" or "save".
func (v Verb) String() string {
	switch v {
	case VerbUp:
		return "up"
	case VerbDown:
		return "down"
	case VerbReload:
		return "reload"
	case VerbSave:
		return "save"
	}
	return "invalid"
}
