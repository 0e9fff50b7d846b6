package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// packageOf maps tools to their Debian packages, for error messages.
var packageOf = map[string]string{
	"apt-get":            "apt",
	"apt-cache":          "apt",
	"busybox":            "busybox-static",
	"depmod":             "kmod",
	"dpkg-deb":           "dpkg",
	"ip":                 "iproute2",
	"ldd":                "libc-bin",
	"qemu-system-x86_64": "qemu-system-x86",
	"strace":             "strace",
	"wg":                 "wireguard-tools",
	"xz":                 "xz-utils",
}

// lookTool returns the path of a tool of the host. It also searches sbin, which is not
// in every user's PATH.
func lookTool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path, nil
		}
	}
	if pkg := packageOf[name]; pkg != "" {
		return "", fmt.Errorf("%s is not installed: install Debian package %s", name, pkg)
	}
	return "", fmt.Errorf("find program %q: %w", name, err)
}

// output runs a tool of the host and returns its standard output. Errors contain its
// standard error.
func output(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	path, err := lookTool(name)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, toolError(ctx, name, err, stderr.String())
	}
	return out, nil
}

func toolError(ctx context.Context, name string, err error, stderr string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, context.Cause(ctx))
	}
	var exit *exec.ExitError
	if text := strings.TrimSpace(stderr); errors.As(err, &exit) && text != "" {
		return fmt.Errorf("%s: %w: %s", name, err, text)
	}
	return fmt.Errorf("%s: %w", name, err)
}
