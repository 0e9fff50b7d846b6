package nlwire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// capture is a recorded conversation: see testdata/README.md.
type capture struct {
	comments       []string
	sent, received [][]byte
}

// readCapture reads a capture. It skips the test on big-endian machines, because the
// captures are in little-endian byte order.
func readCapture(t *testing.T, file string) (c capture) {
	t.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("captures are in little-endian byte order")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		kind, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		datagram, err := hex.DecodeString(rest)
		switch {
		case kind == "#":
			c.comments = append(c.comments, rest)
		case !ok || err != nil:
			t.Fatalf("%s: line %.40q, want a kind and hexadecimal digits: %v", file, line, err)
		case kind == ">":
			c.sent = append(c.sent, datagram)
		case kind == "<":
			c.received = append(c.received, datagram)
		}
	}
	return c
}

// captures returns the files with that name of all kernels, at least three.
func captures(t *testing.T, name string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "[0-9]*", name))
	if err != nil || len(files) < 3 {
		t.Fatalf("Glob(%q) = %v, %v, want captures of at least 3 kernels", name, files, err)
	}
	return files
}

// each runs a test for every capture of that name.
func each(t *testing.T, name string, test func(t *testing.T, c capture, file string)) {
	for _, file := range captures(t, name) {
		t.Run(strings.TrimSuffix(filepath.ToSlash(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			test(t, readCapture(t, file), file)
		})
	}
}

// tree formats the attributes of a request, one per line and without the selector of the
// device. It does not use the codec, so that it can compare the codec with wg(8).
func tree(t *testing.T, b []byte, path string) []string {
	t.Helper()
	var lines []string
	for len(b) > 0 {
		n := int(binary.NativeEndian.Uint16(b))
		typ := binary.NativeEndian.Uint16(b[2:])
		payload := b[4:n]
		b = b[min((n+3)&^3, len(b)):]
		if path == "" && (typ == 1 || typ == 2) {
			continue
		}
		if typ&0x8000 == 0 {
			lines = append(lines, strings.Join([]string{path, hex.EncodeToString([]byte{byte(typ)}), hex.EncodeToString(payload)}, " "))
			continue
		}
		// The kernel ignores the types of list elements, and senders differ.
		name := path + "/" + hex.EncodeToString([]byte{byte(typ)})
		if strings.HasSuffix(path, "/08") || strings.HasSuffix(path, "/09") {
			name = path + "/*"
		}
		inner := tree(t, payload, name)
		lines = append(lines, name+"{"+strings.Join(sorted(inner), "\n")+"}")
	}
	return lines
}

// sorted sorts the attributes of one object. It does not sort the elements of a list,
// because their order matters.
func sorted(lines []string) []string {
	for i := 1; i < len(lines); i++ {
		for j := i; j > 0 && !strings.Contains(lines[j], "/*{") && lines[j] < lines[j-1]; j-- {
			lines[j], lines[j-1] = lines[j-1], lines[j]
		}
	}
	return lines
}

// attributes returns the tree of a whole request.
func attributes(t *testing.T, message []byte) string {
	t.Helper()
	if len(message) < 20 || !bytes.Equal(message[16:18], []byte{1, 1}) {
		t.Fatalf("message = %x, want a set of WireGuard", message)
	}
	return strings.Join(sorted(tree(t, message[20:], "")), "\n")
}
