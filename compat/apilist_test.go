package wgctrl

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// listAPI lists the API of the module in a directory: for each package that
// programs can import, every exported name with its type and the order of fields.
func listAPI(module, root string) (string, error) {
	packages, err := importable(root)
	if err != nil {
		return "", err
	}
	l := &lister{module: module, root: root, fset: token.NewFileSet(), checked: make(map[string]*types.Package)}
	l.std = importer.ForCompiler(l.fset, "source", nil)
	var b strings.Builder
	for _, dir := range packages {
		pkg, err := l.Import(path.Join(module, dir))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "package %s // %s\n", pkg.Name(), pkg.Path())
		if pkg.Name() != "main" {
			describe(&b, pkg)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// importable returns the directories of a module that have packages, without those
// that are internal, test data or part of another module.
func importable(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		nested := file != root && exists(filepath.Join(file, "go.mod"))
		if nested || e.Name() == "internal" || e.Name() == "testdata" {
			return filepath.SkipDir
		}
		if _, err := build.ImportDir(file, 0); err == nil {
			dir, err := filepath.Rel(root, file)
			dirs = append(dirs, filepath.ToSlash(dir))
			return err
		}
		return nil
	})
	return dirs, err
}

// lister type-checks the packages of one module.
type lister struct {
	module, root string
	fset         *token.FileSet
	std          types.Importer
	checked      map[string]*types.Package
}

// Import implements types.Importer. Packages of other modules are empty, since no
// exported name may depend on them.
func (l *lister) Import(name string) (*types.Package, error) {
	if pkg := l.checked[name]; pkg != nil {
		return pkg, nil
	}
	first, _, _ := strings.Cut(name, "/")
	switch {
	case name == l.module || strings.HasPrefix(name, l.module+"/"):
		pkg, err := l.check(name)
		l.checked[name] = pkg
		return pkg, err
	case strings.Contains(first, "."):
		pkg := types.NewPackage(name, path.Base(name))
		pkg.MarkComplete()
		return pkg, nil
	}
	return l.std.Import(name)
}

func (l *lister) check(name string) (*types.Package, error) {
	dir := filepath.Join(l.root, filepath.FromSlash(strings.TrimPrefix(name, l.module)))
	found, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, file := range found.GoFiles {
		parsed, err := parser.ParseFile(l.fset, filepath.Join(dir, file), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, parsed)
	}
	// Errors are expected where names of empty packages are used.
	config := types.Config{Importer: l, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := config.Check(name, l.fset, files, nil)
	return pkg, nil
}

// describe writes a package's exported names.
func describe(b *strings.Builder, pkg *types.Package) {
	// Names of the package itself have no qualifier.
	relative := types.RelativeTo(pkg)
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch o := obj.(type) {
		case *types.Const:
			fmt.Fprintf(b, "const %s %s = %s\n", name, types.TypeString(o.Type(), relative), o.Val())
		case *types.TypeName:
			describeType(b, o, relative)
		default:
			fmt.Fprintln(b, types.ObjectString(obj, relative))
		}
	}
}

// describeType writes a type with its fields, in order, and its methods.
func describeType(b *strings.Builder, o *types.TypeName, relative types.Qualifier) {
	s, ok := o.Type().Underlying().(*types.Struct)
	if !ok {
		fmt.Fprintf(b, "type %s %s\n", o.Name(), types.TypeString(o.Type().Underlying(), relative))
	} else {
		fmt.Fprintf(b, "type %s struct {\n", o.Name())
		hidden := false
		for f := range s.Fields() {
			hidden = hidden || !f.Exported()
			if f.Exported() {
				fmt.Fprintf(b, "\t%s %s\n", f.Name(), types.TypeString(f.Type(), relative))
			}
		}
		if hidden {
			b.WriteString("\t// and what is not exported\n")
		}
		for i := range s.NumFields() {
			if tag := s.Tag(i); tag != "" {
				fmt.Fprintf(b, "\t// tag %q\n", tag)
			}
		}
		b.WriteString("}\n")
	}
	var methods []string
	set := types.NewMethodSet(types.NewPointer(o.Type()))
	for m := range set.Methods() {
		if m.Obj().Exported() {
			methods = append(methods, types.ObjectString(m.Obj(), relative))
		}
	}
	slices.Sort(methods)
	for _, m := range methods {
		fmt.Fprintln(b, m)
	}
}
