package wgcompare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/e2e/program"
)

// programs are the paths of both programs outside the worlds.
type programs struct {
	reference string // the root directory of the original
	ours      string // the file of wgctrl
}

// Paths of both programs in every world.
const (
	referenceRoot = "/run/reference"
	oursFile      = "/run/ours/wg"
)

// loader starts a program with the libraries of the reference root.
var loader = []string{
	referenceRoot + "/usr/lib64/ld-linux-x86-64.so.2", "--library-path", referenceRoot + "/usr/lib/x86_64-linux-gnu",
}

// A tool returns how to start wg, given its name and its arguments.
type tool func(called string, args []string) (path string, argv []string)

func referenceTool(called string, args []string) (string, []string) {
	argv := append(slices.Clone(loader), "--argv0", called, referenceRoot+"/usr/bin/wg")
	return loader[0], append(argv, args...)
}

func oursTool(called string, args []string) (string, []string) {
	return oursFile, append([]string{called}, args...)
}

// self reports whether the reference is compared with itself, to check the scripts.
func self() bool { return os.Getenv("WGCOMPARE_SELF") == "1" }

// findPrograms returns an error if the reference is not installed.
func findPrograms() (programs, error) {
	root := os.Getenv("WGTEST_REFERENCE")
	if root == "" {
		root = filepath.Join("..", "..", ".cache", "roots", "reference")
	}
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "386" {
		return programs{}, errors.New("the reference is for amd64")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return programs{}, err
	}
	if _, err := os.Stat(filepath.Join(root, "usr/bin/wg")); err != nil {
		return programs{}, fmt.Errorf("no reference (get it with: go run ./e2e/vmtest fetch reference): %w", err)
	}
	return programs{root, program.Path()}, nil
}

// atHome reports whether the reference is the machine itself, so that its other
// programs, such as wg-quick, can run.
func (p programs) atHome() bool { return p.reference == "/" }

// bind mounts both programs in the world of the calling thread.
func (p programs) bind() error {
	if err := os.Mkdir(referenceRoot, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(p.reference, referenceRoot, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the reference: %w", err)
	}
	if err := os.Mkdir(filepath.Dir(oursFile), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(oursFile, nil, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(p.ours, oursFile, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount our program: %w", err)
	}
	return nil
}

// replaceWg makes /usr/bin/wg in the world of the calling thread run wgctrl.
func replaceWg() error { return unix.Mount(oursFile, "/usr/bin/wg", "", unix.MS_BIND, "") }

// lookPath finds a program in the world of the calling thread.
func lookPath(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", errors.New("no program " + name)
}
