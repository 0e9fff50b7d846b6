package wgcommand

import (
	"io"
	"io/fs"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Env is the environment of the command. Apart from it, the command uses only the
// files and devices that its arguments name.
type Env struct {
	// Program is the name or path by which the user called the command. Usage
	// texts and some messages contain it.
	Program string
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	// LookupEnv returns an environment variable, as os.LookupEnv does. If it is
	// nil, there are none.
	LookupEnv func(name string) (value string, ok bool)
	// Terminal reports whether Out is a terminal, for which output is coloured.
	Terminal bool
	// OutMode is the mode of the file Out, or 0 if Out is not a file. genkey and
	// genpsk warn if it is a regular file that everyone can access.
	OutMode fs.FileMode
	// Client creates the Client when it is needed. Run closes it. wg uses the
	// userspace backend before the kernel.
	Client func() (*wgctrl.Client, error)
	// SocketDir is the directory from which sockets of ended daemons are removed,
	// as wg does. If it is "", none are removed.
	SocketDir string
	// Resolver looks up host names. nil means package net's resolver.
	Resolver resolve.Resolver
	// Now returns the time for the ages of handshakes. nil means time.Now.
	Now func() time.Time
	// Explain, unless nil, writes more about an error of the library to w, which
	// is Err, after wg's message.
	Explain func(w io.Writer, err error)
	// Strict makes the command behave as wgctrl:
	//
	//   - Errors of the library are printed only by Explain. Those of set say what
	//     is allowed.
	//   - show reads devices concurrently, and fails if one cannot be read.
	//   - setconf, addconf and syncconf report all errors of a file as package
	//     wgconf does, without keys, and refuse a pipe or device and a file that is
	//     too large. setconf and syncconf also refuse a file without settings and
	//     peers, and keep the private key if the file has none.
	//   - Messages hide a host name that may be a key.
	//
	// wg does none of this.
	Strict bool
	// Amnezia makes the command behave as awg(8), which is wg for AmneziaWG.
	Amnezia bool
	// AllowEmpty makes setconf and syncconf accept a file without settings and peers
	// although Strict is set.
	AllowEmpty bool
	// Clean, unless nil, removes control characters from messages and from names
	// shown on a terminal. wg prints names unchanged.
	Clean func(text string) string
	// PeerName, unless nil, returns the name of a peer of a device, or "". show prints
	// it after the peer's key in the form for people. wg has no names.
	PeerName func(device string, key wgtypes.PublicKey) string
	// Arrange, unless nil, removes the peers of a device that show does not print and
	// sorts the others. It reports whether show prints the device if Strict is set and
	// the device is one of all. If Arrange is nil, show prints all peers; the form for
	// people has those with the latest handshake first.
	Arrange func(d *wgtypes.Device) bool
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
