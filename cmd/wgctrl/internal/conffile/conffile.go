// Package conffile reads the configuration files that are named on the command
// line.
package conffile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/stdin"
	"github.com/wgctrl/wgctrl/wgconf"
)

// errClosed is the error for a closed standard input. Reading it as an empty file
// would clear a device.
var errClosed = errors.New("standard input is closed")

// Read returns the content of a file. The path "-" is in, the standard input.
//
// A path must be that of a regular file, of the null device, or of a descriptor of
// this process, such as /dev/stdin or the /dev/fd/63 of a shell's <(...). Other
// pipes and devices are errors, since reading them may never end. So are a closed
// standard input and a file of more than wgconf.MaxSize
// bytes.
func Read(in io.Reader, path string) ([]byte, error) {
	if (path == "-" || stdin.Names(path)) && stdin.IsClosed(in) {
		return nil, errClosed
	}
	switch path {
	case "":
		return nil, errors.New(`invalid file name "": must not be empty`)
	case "-":
		return readAll(in, "standard input")
	}
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, path)
}

// open opens a file for reading, with the rules of Read.
func open(path string) (*os.File, error) {
	// Opening a pipe blocks until it has a writer, so look first.
	info, err := os.Stat(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: cause(err)}
	}
	if !isDescriptor(path) {
		if err := checkKind(path, info); err != nil {
			return nil, err
		}
	}
	return os.Open(path)
}

// cause returns the error in a *fs.PathError.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// checkKind returns an error unless info is that of a regular file or the null
// device. It accepts a directory: reading it fails with a better error.
func checkKind(path string, info fs.FileInfo) error {
	kind := ""
	switch mode := info.Mode(); {
	case mode.IsRegular(), mode.IsDir():
		return nil
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	default:
		if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
			return nil
		}
		kind = "a device"
	}
	return fmt.Errorf("open %s: is %s: must be a regular file", path, kind)
}

// isDescriptor reports whether path is that of an open descriptor: /dev/stdin, /dev/fd/N
// or /proc/PID/fd/N.
func isDescriptor(path string) bool {
	dir, name := filepath.Split(filepath.Clean(path))
	switch dir {
	case "/dev/":
		return name == "stdin"
	case "/dev/fd/":
		return isNumber(name)
	}
	process, isProc := strings.CutPrefix(dir, "/proc/")
	process, isFD := strings.CutSuffix(process, "/fd/")
	return isProc && isFD && isNumber(name) && (process == "self" || process == "thread-self" || isNumber(process))
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// readAll reads r to its end. It reads a regular file into one buffer, because a
// buffer that grows would need several times the memory.
func readAll(r io.Reader, name string) ([]byte, error) {
	var text bytes.Buffer
	if file, ok := r.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			text.Grow(int(min(info.Size(), wgconf.MaxSize)) + bytes.MinRead)
		}
	}
	_, err := text.ReadFrom(io.LimitReader(r, wgconf.MaxSize+1))
	switch {
	case err != nil:
		return nil, err
	case text.Len() > wgconf.MaxSize:
		return nil, fmt.Errorf("%s: file is larger than %d MiB", name, wgconf.MaxSize>>20)
	}
	return text.Bytes(), nil
}
