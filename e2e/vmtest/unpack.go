package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// unpackKernel extracts the packages to root and stores a kernel in dir.
func unpackKernel(ctx context.Context, debs []string, root, dir string) error {
	for _, deb := range debs {
		if _, err := output(ctx, "", "dpkg-deb", "-x", deb, root); err != nil {
			return err
		}
	}
	// depmod -b looks in lib; newer packages have only usr/lib.
	if _, err := os.Stat(filepath.Join(root, "lib")); os.IsNotExist(err) {
		if err := os.Symlink("usr/lib", filepath.Join(root, "lib")); err != nil {
			return err
		}
	}
	trees, _ := filepath.Glob(filepath.Join(root, "lib/modules/*"))
	if len(trees) != 1 {
		return fmt.Errorf("the packages have %d module trees, want 1", len(trees))
	}
	release := filepath.Base(trees[0])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := keepImage(root, release, dir); err != nil {
		return err
	}
	if err := keepModules(ctx, root, release, dir); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "release"), []byte(release+"\n"), 0o644)
}

func keepImage(root, release, dir string) error {
	for _, name := range []string{"boot/vmlinuz-" + release, "lib/modules/" + release + "/vmlinuz"} {
		err := os.Rename(filepath.Join(root, name), filepath.Join(dir, "vmlinuz"))
		if !os.IsNotExist(err) {
			return err
		}
	}
	return fmt.Errorf("the packages of %s have no kernel image", release)
}

// keepModules copies the modules that guests may load, and decompresses them: busybox's
// modprobe cannot read every compression, and the initramfs is compressed anyway.
func keepModules(ctx context.Context, root, release, dir string) error {
	from := filepath.Join(root, "lib/modules", release)
	if _, err := output(ctx, "", "depmod", "-b", root, release); err != nil {
		return err
	}
	tree, err := readModuleTree(from)
	if err != nil {
		return err
	}
	files, err := tree.kept()
	if err != nil {
		return err
	}
	base := filepath.Join(dir, "base")
	to := filepath.Join(base, "lib/modules", release)
	for _, file := range files {
		if err := keepModule(ctx, filepath.Join(from, file), filepath.Join(to, file)); err != nil {
			return err
		}
	}
	// depmod only warns if these two are missing.
	for _, name := range []string{"modules.builtin", "modules.order"} {
		os.Rename(filepath.Join(from, name), filepath.Join(to, name))
	}
	if _, err := output(ctx, "", "depmod", "-b", base, release); err != nil {
		return err
	}
	if err := os.Rename(to, filepath.Join(dir, "modules")); err != nil {
		return err
	}
	return os.RemoveAll(base)
}

func keepModule(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	plain, compressed := strings.CutSuffix(to, ".xz")
	if !compressed {
		return os.Rename(from, to)
	}
	module, err := output(ctx, "", "xz", "-dc", from)
	if err != nil {
		return err
	}
	return os.WriteFile(plain, module, 0o644)
}
