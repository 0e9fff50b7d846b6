package rewrite

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// copyAttributes gives tmp the access control list of the file at path.
func copyAttributes(tmp *os.File, path string, _ fs.FileInfo) error {
	descriptor, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return err
	}
	control, _, err := descriptor.Control()
	if err != nil {
		return err
	}
	what := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.UNPROTECTED_DACL_SECURITY_INFORMATION)
	if control&windows.SE_DACL_PROTECTED != 0 { // it inherits nothing from the directory
		what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	}
	return windows.SetNamedSecurityInfo(tmp.Name(), windows.SE_FILE_OBJECT, what, nil, nil, list, nil)
}

// linkCount returns 1: package os does not report the number of names.
func linkCount(fs.FileInfo) uint64 { return 1 }
