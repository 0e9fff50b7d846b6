//go:build linux

package wglinux

import "golang.org/x/sys/unix"

// modules is the folder with a folder for each loaded module.
const modules = "/sys/module"

// isModuleMissing reports whether the folder says that the kernel does not have the
// module. It returns false if the folder cannot be read, as in some containers.
func isModuleMissing(folder, module string) bool {
	return unix.Access(folder+"/"+module, unix.F_OK) == unix.ENOENT && unix.Access(folder, unix.F_OK) == nil
}
