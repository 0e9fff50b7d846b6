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

// TestProbeUsesEveryName checks that the program which difftest builds with both
// libraries uses each name of the original.
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
		t.Fatalf("%s has %d names, want at least 40", golden, len(all))
	}
	for _, m := range all {
		if !used[m[1]] {
			t.Errorf("the probe uses %s never, want each name of the original", m[1])
		}
	}
}

// selected returns the names in the programs of a directory that follow a dot, or
// that precede a colon in a literal.
func selected(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(files) == 0 {
		t.Skip("needs the source tree")
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
