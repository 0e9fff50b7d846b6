package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
)

// referenceName is the name of the root with Debian's newest wg(8) and wg-quick(8).
const referenceName = "reference"

// referenceSuite is the first Debian suite with a wg that is new enough.
const referenceSuite = "forky"

// referenceMinimum is the date in the oldest sufficient version of wg: its syncconf
// resets the keepalive, and its wg-quick keeps the settings of PreUp commands.
const referenceMinimum = 20260223

// referencePackages are wg and the programs that wg-quick runs.
var referencePackages = []string{
	"base-files", "bash", "coreutils", "dash", "grep", "iproute2", "iptables", "iputils-ping", "kmod",
	"nftables", "procps", "sed", "wireguard-tools",
}

// referenceLinks are links that the packages' scripts would create. Unpacking does not
// run scripts.
var referenceLinks = map[string]string{
	"usr/sbin/iptables":          "iptables-nft",
	"usr/sbin/iptables-save":     "iptables-nft-save",
	"usr/sbin/iptables-restore":  "iptables-nft-restore",
	"usr/sbin/ip6tables":         "ip6tables-nft",
	"usr/sbin/ip6tables-save":    "ip6tables-nft-save",
	"usr/sbin/ip6tables-restore": "ip6tables-nft-restore",
}

// referenceWithout lists documentation, translations and other files to leave out.
var referenceWithout = []string{
	"usr/lib/x86_64-linux-gnu/gconv", "usr/lib/x86_64-linux-gnu/perl-base", "usr/share/bash-completion", "usr/share/debconf",
	"usr/share/doc", "usr/share/info", "usr/share/lintian", "usr/share/locale", "usr/share/man", "usr/share/perl5",
}

// fetchReference downloads the reference root to cache, unless it is there with a
// sufficient version.
func fetchReference(ctx context.Context, cache, name string) error {
	final := rootDir(cache, name)
	if version, err := wgVersion(ctx, final); err == nil {
		fmt.Fprintf(os.Stderr, "vmtest: %s is up to date: %s\n", name, version)
		return nil
	}
	return build(final, func(tmp string) (string, error) {
		a, err := privateApt(filepath.Join(tmp, "apt"), []string{referenceSuite})
		if err != nil {
			return "", err
		}
		debs, err := a.downloadAll(ctx, referencePackages)
		if err != nil {
			return "", err
		}
		root := filepath.Join(tmp, "root")
		if err := unpackRoot(ctx, debs, root); err != nil {
			return "", err
		}
		version, err := wgVersion(ctx, root)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(os.Stderr, "vmtest: %s fetched: %s\n", name, version)
		return root, nil
	})
}

func unpackRoot(ctx context.Context, debs []string, root string) error {
	for _, deb := range debs {
		if _, err := output(ctx, "", "dpkg-deb", "-x", deb, root); err != nil {
			return err
		}
	}
	for _, name := range referenceWithout {
		if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
			return err
		}
	}
	for name, target := range referenceLinks {
		if _, err := os.Stat(filepath.Join(root, path.Dir(name), target)); err != nil {
			return err
		}
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			return err
		}
	}
	return nil
}

// wgVersion returns the version of the wg in root. It fails if the version is too old.
func wgVersion(ctx context.Context, root string) (string, error) {
	loader := filepath.Join(root, "usr/lib64/ld-linux-x86-64.so.2")
	out, err := output(ctx, "", loader,
		"--library-path", filepath.Join(root, "usr/lib/x86_64-linux-gnu"), filepath.Join(root, "usr/bin/wg"), "--version")
	if err != nil {
		return "", err
	}
	return parseVersion(string(out))
}

// versionLine matches the output of wg --version, which contains the release's date.
var versionLine = regexp.MustCompile(`^wireguard-tools v\d+\.\d+\.(\d{8})\b`)

func parseVersion(line string) (string, error) {
	version := versionLine.FindStringSubmatch(line)
	if version == nil {
		return "", fmt.Errorf("unexpected version of wg %q", line)
	}
	if date, err := strconv.Atoi(version[1]); err != nil || date < referenceMinimum {
		return "", fmt.Errorf("%s is older than v1.0.%d", version[0], referenceMinimum)
	}
	return version[0], nil
}
