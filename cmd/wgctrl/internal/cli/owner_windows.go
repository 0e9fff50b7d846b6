package cli

import (
	"io/fs"
	"os"
)

// keepOwner does nothing: a file in the same directory inherits what matters.
func keepOwner(*os.File, fs.FileInfo) error { return nil }
