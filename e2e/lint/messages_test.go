package lint_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// minWantAndGot is the share of failure messages that must say what was wanted,
// in per cent.
const minWantAndGot = 80

// TestFailureMessages counts the failure messages of all tests that say what was
// wanted. It leaves out reports of an error that must be nil, such as t.Fatal(err).
func TestFailureMessages(t *testing.T) {
	t.Parallel()
	count := make(map[string][2]int) // per folder: messages, and those with "want"
	for _, file := range testFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.ToSlash(filepath.Dir(file))
		unexpected := unexpectedErrors(parsed)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isFailure(call) && !unexpected[call] {
				c := count[dir]
				c[0]++
				if saysWant(call) {
					c[1]++
				}
				count[dir] = c
			}
			return true
		})
	}
	var all [2]int
	for _, dir := range slices.Sorted(maps.Keys(count)) {
		c := count[dir]
		all[0], all[1] = all[0]+c[0], all[1]+c[1]
		t.Logf("%s: %d of %d", dir, c[1], c[0])
	}
	t.Logf("in all: %d of %d failure messages say what was wanted", all[1], all[0])
	if got := all[1] * 100 / max(all[0], 1); got < minWantAndGot {
		t.Errorf("%d %% of the failure messages say what was wanted, want at least %d %%", got, minWantAndGot)
	}
}

// testFiles returns every test file of the repository.
func testFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(file string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && file != "." && (e.Name()[0] == '.' || e.Name() == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(file, "_test.go"):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// isFailure reports whether call is t.Error, t.Fatal or one of their variants.
func isFailure(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	on, ok := sel.X.(*ast.Ident)
	return ok && slices.Contains([]string{"t", "tb", "f", "b", "ts"}, on.Name) &&
		slices.Contains([]string{"Error", "Errorf", "Fatal", "Fatalf"}, sel.Sel.Name)
}

// unexpectedErrors returns the calls that only report an error that must be nil:
// t.Fatal(err) or t.Fatalf("Close: %v", err) after if err != nil.
func unexpectedErrors(file *ast.File) map[*ast.CallExpr]bool {
	found := make(map[*ast.CallExpr]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		branch, ok := n.(*ast.IfStmt)
		if !ok {
			return true
		}
		cond, ok := branch.Cond.(*ast.BinaryExpr)
		if !ok || cond.Op != token.NEQ || types.ExprString(cond.Y) != "nil" {
			return true
		}
		for _, statement := range branch.Body.List {
			expr, ok := statement.(*ast.ExprStmt)
			if !ok {
				continue
			}
			if call, ok := expr.X.(*ast.CallExpr); ok && reportsOnly(call, types.ExprString(cond.X)) {
				found[call] = true
			}
		}
		return true
	})
	return found
}

// reportsOnly reports whether the last argument of call is err, after nothing or
// after a format such as "Close: %v".
func reportsOnly(call *ast.CallExpr, err string) bool {
	n := len(call.Args)
	if n == 0 || types.ExprString(call.Args[n-1]) != err {
		return false
	}
	format, _ := literal(call)
	return n == 1 || strings.HasSuffix(format, `: %v"`)
}

// saysWant reports whether the message of call names what was wanted: in words,
// or as a difference such as "(-want +got)".
func saysWant(call *ast.CallExpr) bool {
	format, _ := literal(call)
	return strings.Contains(format, "want") || strings.Contains(format, "(-") && strings.Contains(format, " +")
}

// literal returns the first string literal among the arguments of call, quoted.
func literal(call *ast.CallExpr) (text string, ok bool) {
	for _, arg := range call.Args {
		ast.Inspect(arg, func(n ast.Node) bool {
			if lit, isLit := n.(*ast.BasicLit); isLit && lit.Kind == token.STRING && !ok {
				text, ok = lit.Value, true
			}
			return !ok
		})
	}
	return text, ok
}
