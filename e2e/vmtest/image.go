package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An image is the guest's root file system. Paths have no leading slash. Adding a path
// again replaces its node.
type image struct {
	nodes map[string]node
	// libraries returns the host's shared libraries that a file needs.
	libraries func(ctx context.Context, file string) ([]string, error)
}

// A node is a file or, if all fields are zero, a directory.
type node struct {
	host   string // a copy of this file of the host
	link   string // a symbolic link with this target
	data   []byte // a file with this content
	script bool   // data is executable
}

func newImage() *image {
	return &image{nodes: make(map[string]node), libraries: librariesOf}
}

func (m *image) add(name string, n node) {
	name = m.resolve(name)
	if name == "" {
		return // the root exists
	}
	m.nodes[name] = n
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, ok := m.nodes[dir]; !ok {
			m.nodes[dir] = node{}
		}
	}
}

// folder adds an empty directory unless the path exists.
func (m *image) folder(name string) {
	if _, ok := m.nodes[m.resolve(name)]; !ok {
		m.add(name, node{})
	}
}

// resolve replaces links among the directories of name, such as bin, which is a link to
// usr/bin in a Debian root. The kernel unpacks in the order of names, so the target of a
// link may not exist when a file below the link is unpacked.
func (m *image) resolve(name string) string {
	name = strings.Trim(path.Clean(name), "/")
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		link := m.nodes[dir].link
		if link == "" {
			continue
		}
		if !path.IsAbs(link) {
			link = path.Join(path.Dir(dir), link)
		}
		return m.resolve(path.Join(link, strings.TrimPrefix(name, dir)))
	}
	return name
}

func (m *image) text(name, content string) { m.add(name, node{data: []byte(content)}) }

// copy adds a file or directory of the host, and the shared libraries of programs.
func (m *image) copy(ctx context.Context, host, guest string) error {
	info, err := os.Stat(host)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return m.copyFile(ctx, host, guest)
	}
	return filepath.WalkDir(host, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(host, file)
		if err != nil {
			return err
		}
		return m.copyEntry(ctx, file, path.Join(guest, filepath.ToSlash(rel)), entry)
	})
}

func (m *image) copyEntry(ctx context.Context, host, guest string, entry fs.DirEntry) error {
	switch {
	case entry.IsDir():
		m.add(guest, node{})
	case entry.Type() == fs.ModeSymlink:
		target, err := os.Readlink(host)
		if err != nil {
			return err
		}
		m.add(guest, node{link: target})
	case entry.Type().IsRegular():
		return m.copyFile(ctx, host, guest)
	}
	return nil // skip sockets, pipes and devices
}

func (m *image) copyFile(ctx context.Context, host, guest string) error {
	m.add(guest, node{host: host})
	libraries, err := m.libraries(ctx, host)
	if err != nil {
		return err
	}
	for _, file := range libraries {
		m.add(file, node{host: file})
	}
	return nil
}

// copyRoot adds the content of the directory host as the root. Because it has its own
// libraries, programs that are copied later must be static.
func (m *image) copyRoot(ctx context.Context, host string) error {
	m.libraries = func(context.Context, string) ([]string, error) { return nil, nil }
	err := m.copy(ctx, host, "/")
	m.libraries = func(_ context.Context, file string) ([]string, error) {
		if isDynamic(file) {
			return nil, fmt.Errorf("%s is dynamically linked, but the root has its own libraries: build it with CGO_ENABLED=0", file)
		}
		return nil, nil
	}
	return err
}

// write writes the image as an initramfs. It compresses fast, because the archive is
// used only once and emulated guests decompress slowly.
func (m *image) write(w io.Writer) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	c := &cpioWriter{w: z}
	// The sorted order has directories before their files.
	for _, name := range slices.Sorted(maps.Keys(m.nodes)) {
		if err := writeNode(c, name, m.nodes[name]); err != nil {
			return err
		}
	}
	if err := c.close(); err != nil {
		return err
	}
	return z.Close()
}

func writeNode(c *cpioWriter, name string, n node) error {
	switch {
	case n.link != "":
		c.symlink(name, n.link)
	case n.host != "":
		info, err := os.Stat(n.host)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(n.host)
		if err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		c.file(name, uint32(info.Mode().Perm()), data)
	case n.data != nil && n.script:
		c.file(name, 0o755, n.data)
	case n.data != nil:
		c.file(name, 0o644, n.data)
	default:
		c.dir(name)
	}
	return nil
}
