package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// guestModules are loaded at boot in every guest: wireguard and the other kinds of
// links that tests use.
var guestModules = []string{"wireguard", "dummy", "tun", "veth"}

// rootModules are also loaded at boot in guests with their own root: packet filters.
// The kernel loads most other modules itself; these guests have all modules below
// netFolder.
var rootModules = []string{"nf_tables", "nft_compat", "nft_ct", "nft_fib", "xt_addrtype", "xt_connmark", "xt_mark"}

// netFolder is the directory of network protocols and packet filters.
const netFolder = "kernel/net/"

// A moduleTree is the output of depmod for one kernel.
type moduleTree struct {
	needs   map[string][]string // file -> its dependencies, nearest first
	builtin map[string]bool     // modules that are built into the kernel
}

func readModuleTree(dir string) (moduleTree, error) {
	dep, err := os.ReadFile(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return moduleTree{}, err
	}
	builtin, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil && !os.IsNotExist(err) {
		return moduleTree{}, err
	}
	return parseModuleTree(string(dep), string(builtin)), nil
}

// parseModuleTree parses modules.dep, with lines "file: file...", and modules.builtin,
// with lines "file".
func parseModuleTree(dep, builtin string) moduleTree {
	t := moduleTree{needs: make(map[string][]string), builtin: make(map[string]bool)}
	for line := range strings.Lines(dep) {
		if file, needs, ok := strings.Cut(line, ":"); ok {
			t.needs[file] = strings.Fields(needs)
		}
	}
	for file := range strings.FieldsSeq(builtin) {
		t.builtin[moduleName(file)] = true
	}
	return t
}

// moduleName returns the name of the module in a file, such as libcurve25519_generic for
// kernel/lib/crypto/libcurve25519-generic.ko.xz. The kernel does not distinguish - and _.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// order returns the files of the named modules and of their dependencies, in the order
// in which they must be loaded. modules.dep lists dependencies nearest first, so they
// are loaded in reverse order.
func (t moduleTree) order(names []string) ([]string, error) {
	var files []string
	insert := func(file string) {
		if !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	for _, name := range names {
		file, ok := t.file(name)
		if !ok && t.builtin[moduleName(name)] {
			continue
		}
		if !ok {
			return nil, fmt.Errorf("the kernel has no module %q", name)
		}
		for _, need := range slices.Backward(t.needs[file]) {
			insert(need)
		}
		insert(file)
	}
	return files, nil
}

// kept returns the files to keep: the modules that guests load at boot, those below
// netFolder, and their dependencies.
func (t moduleTree) kept() ([]string, error) {
	names := append(slices.Clone(guestModules), rootModules...)
	for file := range t.needs {
		if strings.HasPrefix(file, netFolder) {
			names = append(names, moduleName(file))
		}
	}
	return t.order(names)
}

func (t moduleTree) file(name string) (string, bool) {
	for file := range t.needs {
		if moduleName(file) == moduleName(name) {
			return file, true
		}
	}
	return "", false
}
