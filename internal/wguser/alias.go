package wguser

import (
	"io/fs"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// aliased returns the interface that name stands for in the directory dir.
//
// On macOS the system names interfaces, utun0, utun1 and so on. wg-quick keeps
// the names that it was given in files: NAME.name holds utunN. Such a file may
// outlive its interface, so that it counts only if it is as old as utunN.sock,
// which wg-quick made sure of to two seconds.
func aliased(dir fs.FS, name string) (real string, ok bool) {
	const file, socket = ".name", ".sock"
	const longest = wginternal.MaxNameUnix + len("\n")
	alias, err := fs.Stat(dir, name+file)
	if err != nil || !alias.Mode().IsRegular() || alias.Size() > int64(longest) {
		return "", false
	}
	text, err := fs.ReadFile(dir, name+file)
	if err != nil {
		return "", false
	}
	real = strings.TrimSuffix(string(text), "\n")
	if wginternal.CheckName(real, wginternal.MaxNameUnix) != nil || real == name {
		return "", false
	}
	target, err := fs.Stat(dir, real+socket)
	if err != nil {
		return "", false
	}
	const tolerance = 2 * time.Second
	age := target.ModTime().Sub(alias.ModTime()).Abs()
	return real, age <= tolerance
}
