package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed init.sh
var initScript string

// guestFiles exist in every guest. The user nobody lets programs drop privileges.
var guestFiles = map[string]string{
	"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
	"etc/group":  "root:x:0:\nnogroup:x:65534:\nnobody:x:65534:\n",
	// By default the module creates a link, which tests do not expect.
	"etc/modprobe.d/vmtest.conf": "options dummy numdummies=0\n",
	"etc/hosts":                  "127.0.0.1 localhost vmtest\n::1 localhost\n",
}

// guestEnv is the environment of programs, to which the command line adds. With
// WGTEST_KERNEL=1, a test fails instead of skipping if the kernel lacks something.
var guestEnv = []string{"HOME=/root", "TMPDIR=/tmp", "WGTEST_KERNEL=1"}

// newGuest returns the root file system for a run. It is based on root if root is not
// empty.
func newGuest(ctx context.Context, k kernel, root string, job job) (*image, error) {
	m := newImage()
	if err := addRoot(ctx, m, root); err != nil {
		return nil, err
	}
	for _, dir := range []string{"bin", "sbin", "usr/bin", "usr/sbin", "dev", "mnt", "proc", "root", "run", "sys", "tmp", "var"} {
		m.folder(dir)
	}
	m.add("var/run", node{link: "/run"})
	m.add("init", node{data: []byte(initScript), script: true})
	for _, name := range slices.Sorted(maps.Keys(guestFiles)) {
		m.text(name, guestFiles[name])
	}
	if err := addTools(ctx, m, root); err != nil {
		return nil, err
	}
	if err := addModules(ctx, m, k, root, job.noload); err != nil {
		return nil, err
	}
	for _, f := range job.files {
		if err := m.copy(ctx, f.host, f.guest); err != nil {
			return nil, err
		}
	}
	m.text("vmtest/env", exports(append(slices.Clone(guestEnv), job.env...)))
	m.folder(job.dir)
	for i, program := range job.programs {
		if err := addProgram(ctx, m, i, job.dir, program); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// addRoot copies the directory root, and marks the image for the init script.
func addRoot(ctx context.Context, m *image, root string) error {
	if root == "" {
		return nil
	}
	m.text("vmtest/root", "")
	return m.copyRoot(ctx, root)
}

// addTools adds busybox for the init script. Without a root, busybox also provides all
// tools, among them /sbin/modprobe, which the kernel runs to load modules. The shell is
// the host's, because busybox's shell prefers its own tools to copied ones.
func addTools(ctx context.Context, m *image, root string) error {
	busybox, err := lookTool("busybox")
	if err != nil {
		return err
	}
	if isDynamic(busybox) {
		return fmt.Errorf("%s is dynamically linked: install Debian package busybox-static", busybox)
	}
	m.add("bin/busybox", node{host: busybox})
	if root != "" {
		return nil
	}
	shell, err := lookTool("sh")
	if err != nil {
		return err
	}
	return m.copy(ctx, shell, "bin/sh")
}

// addModules adds the modules, and the list of those to load at boot. With a root it
// adds all modules that were kept. It fails now if a module is missing, instead of in
// the guest.
func addModules(ctx context.Context, m *image, k kernel, root string, noload []string) error {
	tree, err := readModuleTree(k.modules())
	if err != nil {
		return err
	}
	names := guestModules
	if root != "" {
		names = append(slices.Clone(names), rootModules...)
	}
	load := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(noload, name) })
	files, err := tree.order(names)
	if err != nil {
		return fmt.Errorf("%s: %w", k.release, err)
	}
	m.text("vmtest/modules", strings.Join(load, " ")+"\n")
	to := "lib/modules/" + k.release
	if root != "" {
		return m.copy(ctx, k.modules(), to)
	}
	// The lists name more modules than those that are copied.
	lists, err := filepath.Glob(filepath.Join(k.modules(), "modules.*"))
	if err != nil {
		return err
	}
	for _, list := range lists {
		files = append(files, filepath.Base(list))
	}
	for _, file := range files {
		if err := m.copy(ctx, filepath.Join(k.modules(), file), path.Join(to, file)); err != nil {
			return fmt.Errorf("%s: %w", k.release, err)
		}
	}
	return nil
}

// addProgram adds a program of the host and the script that starts it. Each program has
// its own directory, because several may have the same name.
func addProgram(ctx context.Context, m *image, i int, dir string, args []string) error {
	host, err := lookTool(args[0])
	if err != nil {
		return err
	}
	guest := path.Join("/vmtest/bin", fmt.Sprint(i), filepath.Base(host))
	if err := m.copy(ctx, host, guest); err != nil {
		return err
	}
	var script strings.Builder
	script.WriteString("cd " + quote(dir) + " && exec " + quote(guest))
	for _, arg := range args[1:] {
		script.WriteString(" " + quote(arg))
	}
	// The init script runs the files in the order of their names.
	m.text(fmt.Sprintf("vmtest/programs/%03d", i), script.String()+"\n")
	return nil
}

func exports(env []string) string {
	var b strings.Builder
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(value))
	}
	return b.String()
}

// quote quotes s for a shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
