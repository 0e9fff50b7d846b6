// Package release says which release a program is.
//
// It knows what the release's build and the go command record, and refuses to
// know what the programs are.
package release

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// number is the release's, as in v1.2.3. The release's build sets it, with the
// linker's -X; other builds leave it empty.
var number string

// Version returns the program's version, and with what and for what it was
// built. Without a release's number the version is that of the main module, as
// the go command recorded it.
func Version() string {
	version := number
	if version == "" {
		version = recorded()
	}
	return fmt.Sprintf("%s %s %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func recorded() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
