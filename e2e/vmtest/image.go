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

// An image is the guest's root file system: guest paths without the leading
// slash, and what is there. A later addition replaces an earlier one.
type image struct {
	nodes map[string]node
	// libraries returns the host's files that a file needs to start.
	libraries func(ctx context.Context, file string) ([]string, error)
}

// A node is a directory unless one of its fields says otherwise.
type node struct {
	host   string // copy of this file of the host
	link   string // symbolic link to this
	data   []byte // file with this content
	script bool   // make data executable
}

func newImage() *image {
	return &image{nodes: make(map[string]node), libraries: librariesOf}
}

func (m *image) add(name string, n node) {
	name = m.resolve(name)
	if name == "" {
		return // The root is there.
	}
	m.nodes[name] = n
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, ok := m.nodes[dir]; !ok {
			m.nodes[dir] = node{}
		}
	}
}

// folder adds an empty folder, unless something of that name is there.
func (m *image) folder(name string) {
	if _, ok := m.nodes[m.resolve(name)]; !ok {
		m.add(name, node{})
	}
}

// resolve returns the name without the links among its folders, such as bin,
// which a Debian root has for usr/bin: the kernel unpacks in the order of
// names, and so would find a link whose target is not there yet.
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

// copy brings a file or a whole folder of the host, and for programs the
// libraries that they are linked to.
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
	return nil // Sockets, pipes and devices mean nothing in the guest.
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

// copyRoot makes all that is below host the root. It has its own libraries, so
// that none of the host's may come along later.
func (m *image) copyRoot(ctx context.Context, host string) error {
	m.libraries = func(context.Context, string) ([]string, error) { return nil, nil }
	err := m.copy(ctx, host, "/")
	m.libraries = func(_ context.Context, file string) ([]string, error) {
		if isDynamic(file) {
			return nil, fmt.Errorf("%s needs libraries, of which the root has its own; build it statically", file)
		}
		return nil, nil
	}
	return err
}

// write packs the image for the kernel. Level 1, since a guest without
// hardware support unpacks slowly and the archive is thrown away at once.
func (m *image) write(w io.Writer) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	c := &cpioWriter{w: z}
	// Sorted, a directory comes before what is in it.
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
			return fmt.Errorf("packing %s: %w", name, err)
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
