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

// TestFilesArePrivate checks that the library and the command create files only
// with functions that make them private, whatever the umask is. Other uses must be
// reviewed and added to known.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	creating := []string{
		"os.Create", "os.WriteFile", "os.OpenFile", "os.Mkdir", "os.MkdirAll", "os.Link", "os.Symlink", "os.CopyFS",
		"net.Listen", "net.ListenPacket", "net.ListenUnix", "net.ListenUnixgram", "net.FileListener",
		"unix.Mkdir", "unix.Mknod", "unix.Creat", "syscall.Mkdir", "syscall.Mknod", "syscall.Creat", "syscall.Umask", "unix.Umask",
	}
	// os.CreateTemp makes files of mode 0600, os.MkdirTemp directories of 0700.
	known := map[string][]string{
		// The socket gets its mode in a private directory before it is moved.
		"net.ListenUnix": {"uapi/uapinet/listen_unix.go"},
		// A second name of that socket, and of files of os.CreateTemp.
		"os.Link": {"uapi/uapinet/listen_unix.go", "keyfile.go", "cmd/wgctrl/internal/rewrite/create.go"},
		// Without O_CREATE: it checks that a file can be written.
		"os.OpenFile": {"cmd/wgctrl/internal/rewrite/rewrite.go"},
		// /var/run/wireguard, which everyone may list, as wireguard-go makes it.
		"os.MkdirAll": {"uapi/uapinet/listen_unix.go"},
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
			if slices.Contains(creating, name) && !slices.Contains(known[name], filepath.ToSlash(file)) {
				t.Errorf("%s uses %s, want os.CreateTemp or os.MkdirTemp", file, name)
			}
			return true
		})
	})
}

// TestNothingDangerousIsImported checks that the library and the command use neither cgo,
// unsafe nor plugins, and run no other program. Package quick, which runs hooks, is not
// among them. One file passes pointers to the kernel.
func TestNothingDangerousIsImported(t *testing.T) {
	t.Parallel()
	known := map[string][]string{
		"unsafe": {"internal/bsd/ioctl_bsd.go"},
		"os/exec": {
			"cmd/wgctrl/internal/cli/replace_unix.go",      // sudo or doas, under the name wg-quick
			"cmd/wgctrl/internal/wgquickcommand/status.go", // the exit codes of hooks, and PATH
		},
	}
	eachFile(t, func(file string, parsed *ast.File) {
		for _, imported := range parsed.Imports {
			switch path := strings.Trim(imported.Path.Value, `"`); path {
			case "C", "unsafe", "os/exec", "plugin":
				if !slices.Contains(known[path], filepath.ToSlash(file)) {
					t.Errorf("%s imports %s, want no such import", file, path)
				}
			}
		}
	})
}

// testSupport are the packages that only tests import.
var testSupport = []string{"internal/kerneltest", "internal/testutil"}

// eachFile parses each file of the library and the command, and calls f.
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
