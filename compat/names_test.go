package wgctrl

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestProbeUsesEveryName: the program that is built with the original and with
// this module, and does the same with both, uses each name of the original.
func TestProbeUsesEveryName(t *testing.T) {
	t.Parallel()
	used := selected(t, "difftest/probe")
	list, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`(?m)^(?:(?:const|var|type) |func (?:\(.*?\)\.)?|\t)([A-Z]\w*)`)
	all := name.FindAllStringSubmatch(string(list), -1)
	if len(all) < 40 {
		t.Fatalf("%s has %d names", golden, len(all))
	}
	for _, m := range all {
		if !used[m[1]] {
			t.Errorf("the probe does not use %s", m[1])
		}
	}
}

// selected returns the names in a folder's programs that stand behind a dot, or
// before a colon in a literal.
func selected(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(files) == 0 {
		t.Skip("this test reads the source tree")
	}
	used := make(map[string]bool)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				used[n.Sel.Name] = true
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok {
					used[key.Name] = true
				}
			}
			return true
		})
	}
	return used
}
