package wgquickcommand

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/tunnel"
	"github.com/wgctrl/wgctrl/wgconf"
)

// isInterfaceName reports whether name is a name of an interface, by wg-quick's rule.
func isInterfaceName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_=+.-"
	return name != "" && len(name) <= 15 && strings.Trim(name, letters) == ""
}

// nameIn returns the name of the interface in the path of its file.
func nameIn(path string) (name string, ok bool) {
	name, ok = strings.CutSuffix(path[strings.LastIndexByte(path, '/')+1:], tunnel.Suffix)
	return name, ok && isInterfaceName(name)
}

// file is the file of an interface.
type file struct {
	name string // of the interface
	path string // without symbolic links
	text []byte
}

// readFile reads the file that an argument names. It prints a warning if all users can
// read or write it.
func (c *command) readFile(arg string) (*file, error) {
	path := c.search(arg)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("`%s' does not exist", path)
	}
	name, ok := nameIn(path)
	if !ok {
		//lint:ignore ST1005 This is wg-quick's message.
		return nil, errors.New("The config file must be a valid interface name, followed by .conf")
	}
	f := &file{name: name, path: tunnel.Target(path)}
	if isWorldAccessible(f.path) {
		c.printf("Warning: `%s' is world accessible\n", f.path)
	}
	var err error
	if f.text, err = conffile.Read(c.In, f.path); err != nil {
		return nil, err
	}
	return f, c.checkSaveConfig(wgconf.Parse(f.path, f.text))
}

// search returns the path of the file that an argument names.
func (c *command) search(arg string) string {
	if !isInterfaceName(arg) {
		return arg
	}
	for _, dir := range c.Dirs {
		path := filepath.Join(dir, arg+tunnel.Suffix)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return filepath.Join(c.Dirs[0], arg+tunnel.Suffix)
}

// isWorldAccessible reports whether the file and its directory give the same permission
// to all users.
func isWorldAccessible(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	dir, err := os.Stat(filepath.Dir(path))
	return err == nil && info.Mode()&dir.Mode()&0o007 != 0
}

// checkSaveConfig returns an error if SaveConfig has a wrong value.
func (c *command) checkSaveConfig(f *wgconf.File) error {
	for line := range f.Lines(c.Dialect) {
		value := strings.ToLower(line.Value())
		if line.Key == "SaveConfig" && value != "true" && value != "false" {
			return fmt.Errorf("`%s' is neither true nor false", line.Value())
		}
	}
	return nil
}
