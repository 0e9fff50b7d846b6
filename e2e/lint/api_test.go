package lint

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// publicPackages are the packages whose API docs/compatibility.md promises.
var publicPackages = []string{
	".", "prometheus", "quick", "uapi", "uapi/uapinet", "wgconf", "wgconf/resolve", "wgtest", "wgtypes",
	"wireguardgo", "wireguardgo/wireguardgotest",
}

// apiSystems are the systems whose APIs are listed. A declaration that some of them lack
// is listed with those that have it.
var apiSystems = []string{"darwin", "dragonfly", "freebsd", "linux", "netbsd", "openbsd", "windows"}

var updateAPI = flag.Bool("update-api", false, "write api.txt")

// TestAPI compares the exported API of the public packages with api.txt. After a change
// that docs/compatibility.md allows, run "go test ./e2e/lint -run API -update-api".
func TestAPI(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, pkg := range publicPackages {
		lines = append(lines, listAPI(t, pkg)...)
	}
	got := strings.Join(lines, "\n") + "\n"
	const file = "e2e/lint/api.txt"
	if *updateAPI {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("the code lacks the declaration %q, which api.txt has", line)
		}
	}
	for _, line := range lines {
		if !slices.Contains(want, line) {
			t.Errorf("api.txt lacks the declaration %q, which the code has", line)
		}
	}
}

// listAPI returns a line for each exported declaration of a package, sorted.
func listAPI(t *testing.T, pkg string) []string {
	t.Helper()
	systems := make(map[string][]string) // by declaration
	for _, system := range apiSystems {
		for _, decl := range declarations(t, pkg, system) {
			systems[decl] = append(systems[decl], system)
		}
	}
	if len(systems) == 0 {
		t.Fatalf("package %s has no exported declarations, want some", pkg)
	}
	var lines []string
	for _, decl := range slices.Sorted(maps.Keys(systems)) {
		line := pkg + ": " + decl
		if on := systems[decl]; len(on) < len(apiSystems) {
			line += " (" + strings.Join(on, ", ") + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// declarations returns the exported declarations of the package in dir on a system.
func declarations(t *testing.T, dir, system string) []string {
	t.Helper()
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = system, "amd64", false
	pkg, err := context.ImportDir(dir, 0)
	if err != nil {
		t.Fatalf("package in %s on %s: %v", dir, system, err)
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	promoting := promotingTypes(files)
	found := make(map[string]bool)
	for _, file := range files {
		ast.FileExports(file)
		for _, decl := range file.Decls {
			for _, text := range declaration(t, decl, promoting) {
				found[text] = true
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}

// promotingTypes returns the names of the exported struct types that embed an unexported
// type of the package, by the name of that type. They have its exported methods.
func promotingTypes(files []*ast.File) map[string][]string {
	promoting := make(map[string][]string)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				return true
			}
			typ, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range typ.Fields.List {
				if name := typeName(field.Type); len(field.Names) == 0 && name != "" && !ast.IsExported(name) {
					promoting[name] = append(promoting[name], spec.Name.Name)
				}
			}
			return true
		})
	}
	return promoting
}

// declaration returns a text for each name that decl declares, for each member of a type,
// and for each type to which a method is promoted.
func declaration(t *testing.T, decl ast.Decl, promoting map[string][]string) (texts []string) {
	t.Helper()
	if f, ok := decl.(*ast.FuncDecl); ok {
		f.Body = nil
		if f.Recv == nil {
			return []string{source(t, f)}
		}
		name := typeName(f.Recv.List[0].Type)
		if ast.IsExported(name) {
			return []string{source(t, f)}
		}
		for _, outer := range promoting[name] {
			var typ ast.Expr = ast.NewIdent(outer)
			if _, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
				typ = &ast.StarExpr{X: typ}
			}
			f.Recv.List[0].Type = typ
			texts = append(texts, source(t, f))
		}
		return texts
	}
	g, ok := decl.(*ast.GenDecl)
	if !ok {
		t.Fatalf("unknown declaration %T, want a function or a general declaration", decl)
	}
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			texts = append(texts, typeDeclaration(t, spec)...)
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				text := g.Tok.String() + " " + name.Name
				if spec.Type != nil {
					text += " " + source(t, spec.Type)
				}
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// typeName returns the name of a type of the package, or of the type that it points to. It
// returns "" for other types.
func typeName(typ ast.Expr) string {
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// typeDeclaration returns a text for a type and one for each field or method.
func typeDeclaration(t *testing.T, spec *ast.TypeSpec) (texts []string) {
	t.Helper()
	var members *ast.FieldList
	var kind string
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		members, kind = typ.Fields, "struct"
	case *ast.InterfaceType:
		members, kind = typ.Methods, "interface"
	default:
		return []string{"type " + source(t, spec)}
	}
	texts = []string{"type " + spec.Name.Name + " " + kind}
	for _, field := range members.List {
		typ := source(t, field.Type)
		for _, name := range field.Names {
			texts = append(texts, fmt.Sprintf("type %s %s: %s %s", spec.Name.Name, kind, name.Name, typ))
		}
		if len(field.Names) == 0 {
			texts = append(texts, fmt.Sprintf("type %s %s: %s", spec.Name.Name, kind, typ))
		}
	}
	return texts
}

// source returns the source of a node in one line.
func source(t *testing.T, node any) string {
	t.Helper()
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), node); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
