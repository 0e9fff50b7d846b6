// Package release returns the version of a program, from what the build of the
// release and the go command record.
package release

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// number is the number of the release, such as v1.2.3. The build of a release sets
// it with -X of the linker; it is empty in other builds.
var number string

// Version returns the version of the program, the version of Go, and the platform.
// Without the number of a release, it returns the version of the main module that
// the go command recorded.
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
