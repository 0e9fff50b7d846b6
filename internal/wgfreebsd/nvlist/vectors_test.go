package nvlist_test

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
)

// libnv is embedded because OSS-Fuzz runs fuzz targets without testdata.
//
//go:embed testdata/libnv.txt
var libnv string

// vectors returns the lists in testdata by name.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	lists := make(map[string][]byte)
	name, size := "", 0
	for line := range strings.Lines(libnv) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, " unpack ok") {
			if len(lists[name]) != size {
				t.Fatalf("list %q has %d bytes, want %d", name, len(lists[name]), size)
			}
			continue
		}
		if b, err := hex.DecodeString(line); err == nil {
			lists[name] = append(lists[name], b...)
		} else if _, err := fmt.Sscanf(line, "%s %d", &name, &size); err != nil {
			t.Fatalf("line %q: %v, want a name and a size", line, err)
		}
	}
	return lists
}

func cidr(v uint64) pair { return pair{"cidr", nvlist.Number, v} }

func ipv4(last byte) pair { return pair{"ipv4", nvlist.Binary, []byte{10, 0, 0, last}} }

// allowed4 is the address in the vectors.
var allowed4 = pair{"ipv4", nvlist.Binary, []byte{10, 0, 0, 0}}

// vectorLists are the lists in testdata.
func vectorLists() map[string]list {
	after := pair{"after", nvlist.Number, uint64(7)}
	key := func(first byte) []byte {
		b := make([]byte, 32)
		for i := range b {
			b[i] = byte(i)
		}
		b[0] = first
		return b
	}
	flags := pair{"flags", nvlist.Number, uint64(1)}
	return map[string]list{
		"empty":        nil,
		"port+replace": {{"listen-port", nvlist.Number, uint64(51820)}, {"replace-peers", nvlist.Bool, true}},
		"2peers2aips": {
			{"private-key", nvlist.Binary, key(0)},
			{"peers", nvlist.ListArray, []list{
				{{"public-key", nvlist.Binary, key(100)}, {"allowed-ips", nvlist.ListArray, []list{
					{cidr(8), allowed4}, {flags, cidr(8), allowed4},
				}}},
				{{"public-key", nvlist.Binary, key(101)}, {"allowed-ips", nvlist.ListArray, []list{
					{cidr(8), allowed4}, {flags, cidr(8), allowed4},
				}}},
			}},
		},
		"empties":   {{"x", nvlist.ListArray, []list{nil, {cidr(8), allowed4}, nil}}, after},
		"one-empty": {{"x", nvlist.ListArray, []list{nil}}, after},
		"nested":    {{"n", nvlist.List, []list{{cidr(8), allowed4}}}, after},
	}
}

// TestVectors decodes and encodes the lists that libnv packed. The single list "n" of
// "nested" is only decoded: the size that libnv writes for it depends on the pairs that
// follow it in the list around it, and WireGuard does not use single lists.
func TestVectors(t *testing.T) {
	t.Parallel()
	packed := vectors(t)
	want := vectorLists()
	if len(packed) != len(want) {
		t.Fatalf("testdata has %d lists, want %d", len(packed), len(want))
	}
	for name, b := range packed {
		got, err := decode(b)
		if err != nil {
			t.Errorf("%s: decode = %v, want nil", name, err)
		}
		if diff := cmp.Diff(want[name], got, equal); diff != "" {
			t.Errorf("%s: decode (-want +got):\n%s", name, diff)
		}
		if name == "nested" {
			continue
		}
		if got := encode(want[name]); !bytes.Equal(got, b) {
			t.Errorf("%s: encode = %x, want %x", name, got, b)
		}
	}
}

// TestBigEndian decodes the same lists in the other byte order.
func TestBigEndian(t *testing.T) {
	t.Parallel()
	want := vectorLists()
	for name, b := range vectors(t) {
		got, err := decode(bigEndian(b))
		if err != nil {
			t.Errorf("%s: decode = %v, want nil", name, err)
		}
		if diff := cmp.Diff(want[name], got, equal); diff != "" {
			t.Errorf("%s: decode (-want +got):\n%s", name, diff)
		}
	}
}
