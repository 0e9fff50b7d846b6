//go:build linux

package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sysctl returns the value of a setting, without the final newline. As for sysctl(8), the
// words of its name are separated by dots, or by slashes if a word contains a dot. The
// error wraps fs.ErrNotExist if the setting does not exist.
func (h *Host) Sysctl(name string) (string, error) {
	var value []byte
	err := h.withSysctl(name, func(path string) (err error) {
		value, err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return strings.TrimSuffix(string(value), "\n"), nil
}

// SetSysctl changes a setting. Errors wrap fs.ErrNotExist, fs.ErrPermission or, where
// /proc/sys is mounted read-only, unix.EROFS.
func (h *Host) SetSysctl(name, value string) error {
	err := h.withSysctl(name, func(path string) error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString(value + "\n")
		return errors.Join(err, f.Close())
	})
	if err != nil {
		return fmt.Errorf("set %s to %q: %w", name, value, err)
	}
	return nil
}

// withSysctl calls f with the file of a setting, on a thread in the namespace.
func (h *Host) withSysctl(name string, f func(path string) error) error {
	path := name
	if !strings.Contains(name, "/") {
		path = strings.ReplaceAll(name, ".", "/")
	}
	if !filepath.IsLocal(path) {
		return fmt.Errorf("invalid setting: %w", fs.ErrInvalid)
	}
	return h.ns.run(func() error { return f(filepath.Join("/proc/sys", path)) })
}

// IPv6Disabled reports whether the interface, or a new one if ifname is empty, can have
// no IPv6 addresses. It is true if the kernel has no IPv6.
func (h *Host) IPv6Disabled(ifname string) (bool, error) {
	if ifname == "" {
		ifname = "default"
	}
	value, err := h.Sysctl("net/ipv6/conf/" + ifname + "/disable_ipv6")
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := h.Sysctl("net/ipv6/conf/default/disable_ipv6"); errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
	}
	return value == "1", err
}
