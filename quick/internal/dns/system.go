package dns

import (
	"io"

	"github.com/wgctrl/wgctrl/quick/internal/program"
)

// System says where the programs and files of the resolver are.
type System struct {
	// Path is the list of folders with the programs. Empty means PATH.
	Path string
	// Root is the folder of the system's files. Empty means /.
	Root string
	// Stdout and Stderr are those of the programs, as in os/exec. What a program that
	// fails writes to Stderr is in the error instead.
	Stdout, Stderr io.Writer
}

func (s System) runner() program.Runner {
	return program.Runner{Path: s.Path, Stdout: s.Stdout, Stderr: s.Stderr}
}
