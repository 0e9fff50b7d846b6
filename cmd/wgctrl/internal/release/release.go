// Package release returns the version of the command.
package release

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// number is the release, such as v1.2.3. Builds of a release set it with the
// linker's flag -X; in other builds it is empty.
var number string

// Version returns the version of the program, the version of Go and the platform.
// If the build is not a release, the version is that of the main module.
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
