package lint_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFilesArePrivate: what the library and the command create in a file system
// is made by functions that let nobody else read it, whatever the umask. Others
// fail here, until somebody has thought about them.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	creating := []string{
		"os.Create", "os.WriteFile", "os.OpenFile", "os.Mkdir", "os.MkdirAll", "os.Link", "os.Symlink", "os.CopyFS",
		"net.Listen", "net.ListenPacket", "net.ListenUnix", "net.ListenUnixgram", "net.FileListener",
		"unix.Mkdir", "unix.Mknod", "unix.Creat", "syscall.Mkdir", "syscall.Mknod", "syscall.Creat", "syscall.Umask", "unix.Umask",
	}
	// os.CreateTemp makes files of mode 0600, os.MkdirTemp directories of 0700.
	known := map[string]string{
		// In a directory of os.MkdirTemp, where it gets its mode before it moves.
		"net.ListenUnix": "internal/userdev/listen_unix.go",
	}
	eachFile(t, func(file string, parsed *ast.File) {
		ast.Inspect(parsed, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			name := pkg.Name + "." + selector.Sel.Name
			if slices.Contains(creating, name) && known[name] != filepath.ToSlash(file) {
				t.Errorf("%s uses %s", file, name)
			}
			return true
		})
	})
}

// TestNothingDangerousIsImported: no other program is run, and nothing gets round
// the language.
func TestNothingDangerousIsImported(t *testing.T) {
	t.Parallel()
	eachFile(t, func(file string, parsed *ast.File) {
		for _, imported := range parsed.Imports {
			switch path := strings.Trim(imported.Path.Value, `"`); path {
			case "C", "unsafe", "os/exec", "plugin":
				t.Errorf("%s imports %s", file, path)
			}
		}
	})
}

// testSupport are the packages that only tests import.
var testSupport = []string{"internal/testutil"}

// eachFile parses each file of what is released.
func eachFile(t *testing.T, f func(file string, parsed *ast.File)) {
	t.Helper()
	for _, root := range []string{".", "cmd", "internal", "uapi", "wgconf", "wgtypes"} {
		err := filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() && (root == "." && file != "." || e.Name() == "testdata" || slices.Contains(testSupport, filepath.ToSlash(file))) {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return nil
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err == nil {
				f(file, parsed)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
