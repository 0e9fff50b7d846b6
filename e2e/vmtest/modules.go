package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// guestModules are available in every guest and loaded at boot: wireguard,
// and the kinds of link that its tests set beside it.
var guestModules = []string{"wireguard", "dummy", "tun", "veth"}

// rootModules are loaded at boot of a guest with a root of its own, beside
// guestModules: what packet filters are made of. The kernel asks for most other
// modules by itself, and all of those below netFolder are there.
var rootModules = []string{"nf_tables", "nft_compat", "nft_ct", "nft_fib", "xt_addrtype", "xt_connmark", "xt_mark"}

// netFolder is where a kernel keeps its network protocols and packet filters.
const netFolder = "kernel/net/"

// A moduleTree is what depmod writes about the modules of one kernel.
type moduleTree struct {
	needs   map[string][]string // file -> files it needs, nearest first
	builtin map[string]bool     // modules that are part of the image
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

// parseModuleTree reads modules.dep, lines of "file: file...", and
// modules.builtin, lines of "file".
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

// moduleName turns kernel/lib/crypto/libcurve25519-generic.ko.xz into
// libcurve25519_generic: the kernel takes - and _ in a name for the same.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// order returns the files of the named modules and of all that they need, in
// the order in which the kernel takes them. modules.dep lists all that a
// module needs, nearest first, so the last is to be inserted first.
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
			return nil, fmt.Errorf("the kernel has no module %s", name)
		}
		for _, need := range slices.Backward(t.needs[file]) {
			insert(need)
		}
		insert(file)
	}
	return files, nil
}

// kept returns the files worth keeping: what guests load, and all of the
// network.
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
