package lint_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// entryPoint matches the lines of api.txt with functions and methods of Client where a
// program or a test begins: those with a context or a testing.TB, and the functions New.
var entryPoint = regexp.MustCompile(`^(\S+): func (?:\(c \*(Client)\) )?(New\(|\w+\((?:ctx context\.Context|t testing\.TB))`)

// TestEntryPointsHaveExamples checks that an example of a package, or a program in
// examples, uses each entry point of the public packages.
func TestEntryPointsHaveExamples(t *testing.T) {
	t.Parallel()
	used := usedByExamples(t)
	entries := 0
	for line := range strings.Lines(readFile(t, "e2e/lint/api.txt")) {
		m := entryPoint.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		entries++
		pkg := path.Join("github.com/wgctrl/wgctrl", m[1])
		name, _, _ := strings.Cut(m[3], "(")
		if m[2] != "" {
			pkg = "" // any value
		}
		if !used[pkg+"."+name] {
			t.Errorf("no example uses %s, want one", strings.TrimSpace(line))
		}
	}
	if entries < 30 {
		t.Errorf("api.txt has %d entry points, want at least 30", entries)
	}
}

// usedByExamples returns the selectors in examples, such as "IMPORTPATH.New" for a
// function and ".Device" for a method or a field.
func usedByExamples(t *testing.T) map[string]bool {
	t.Helper()
	programs, err := filepath.Glob("examples/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, file := range append(testFiles(t), programs...) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		imported := importsOf(t, parsed)
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(f.Name.Name, "Example") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					pkg := ""
					if x, ok := s.X.(*ast.Ident); ok {
						pkg = imported[x.Name]
					}
					used[pkg+"."+s.Sel.Name] = true
				}
				return true
			})
		}
	}
	return used
}

// importsOf returns the import paths of a file by their names in the file.
func importsOf(t *testing.T, file *ast.File) map[string]string {
	t.Helper()
	imported := make(map[string]string)
	for _, spec := range file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = importPath
	}
	return imported
}
