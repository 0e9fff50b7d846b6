package wgcommand

import (
	"io"
	"io/fs"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// Env is what the command is run with, so that it asks the process for
// nothing but the files that its arguments name.
type Env struct {
	// Program is the command's name as its user called it, a path perhaps,
	// which usage texts and some messages begin with.
	Program string
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	// LookupEnv finds an environment variable, as os.LookupEnv does. nil finds
	// none.
	LookupEnv func(name string) (value string, ok bool)
	// Terminal says that Out is a terminal, which is written to in colours.
	Terminal bool
	// OutMode is the mode of the file that Out is, 0 where it is none: a regular
	// one that others may use is not the place for a new key, which Err says.
	OutMode fs.FileMode
	// Client opens the Client when it is needed, which Run closes. For wg's order
	// of backends it is made with userspace before kernel.
	Client func() (*wgctrl.Client, error)
	// SocketDir is where the socket of a daemon that has ended is removed when
	// wg would come across it. "" removes none.
	SocketDir string
	// Resolver looks host names up. nil is net.DefaultResolver.
	Resolver resolve.Resolver
	// Now is the clock that handshakes are told by. nil is time.Now.
	Now func() time.Time
	// Explain, unless nil, says more of a failure of the library after wg's line
	// has been written to w, which is Err.
	Explain func(w io.Writer, err error)
	// Clean, unless nil, makes text of several lines fit for a terminal: messages,
	// and names of links where people read them. wg prints names as they are.
	Clean func(text string) string
}

func (e *Env) lookup(name string) (value string, ok bool) {
	if e.LookupEnv == nil {
		return "", false
	}
	return e.LookupEnv(name)
}

func (e *Env) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}
