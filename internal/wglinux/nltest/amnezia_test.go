//go:build linux

package nltest

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// recordings are the files of testdata/amnezia.
var recordings = map[string]wgtypes.AmneziaVersion{
	"1.0.20241112.txt": wgtypes.AmneziaV10, "1.0.20260725.txt": wgtypes.AmneziaV20, "3.0.20260805.txt": wgtypes.AmneziaV30,
}

// TestAmneziaRecordedAnswers sends the requests of the recordings to the fake modules. They must
// answer as the modules did, and have the same state afterwards.
func TestAmneziaRecordedAnswers(t *testing.T) {
	t.Parallel()
	if host.Uint16([]byte{1, 0}) != 1 {
		t.Skip("recordings are in little-endian byte order")
	}
	for file, version := range recordings {
		t.Run(version.String(), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join("testdata", "amnezia", file))
			if err != nil {
				t.Fatal(err)
			}
			r := replay{version: version}
			lines := 0
			for i, line := range strings.Split(string(b), "\n") {
				word, rest, _ := strings.Cut(line, " ")
				if word == "" || word == "#" {
					continue
				}
				if err := r.line(word, rest); err != nil {
					t.Errorf("%s:%d: %.120s: %v", file, i+1, line, err)
				}
				lines++
			}
			if lines < 100 {
				t.Errorf("%s has %d lines, want at least 100", file, lines)
			}
		})
	}
}

// replay sends requests to a fake module.
type replay struct {
	version wgtypes.AmneziaVersion
	k       *Kernel
}

func (r *replay) line(word, rest string) error {
	switch word {
	case "new":
		r.k = NewAmneziaKernel(r.version)
		link := r.k.links[IndexWG]
		link.Name = "awg0"
		return nil
	case "set":
		return r.set(rest)
	case "state":
		return r.state(rest)
	case "peers":
		if got := strconv.FormatBool(len(r.k.links[IndexWG].Device.Peers) > 0); got != rest {
			return fmt.Errorf("device has peers: %s", got)
		}
		return nil
	case "get":
		return r.get(rest)
	}
	return fmt.Errorf("unknown word %q", word)
}

// set sends a request and compares the error and the attributes after "|".
func (r *replay) set(s string) error {
	request, rest, _ := strings.Cut(s, " -> ")
	result, state, _ := strings.Cut(rest, " | ")
	payload := appendU32(nil, devIndex, IndexWG)
	for _, a := range parseAttributes(request) {
		typ := a.typ
		if typ == devPeers {
			typ |= nested
		}
		payload = appendAttr(payload, typ, a.payload)
	}
	errno, text := r.k.setAmnezia(payload)
	got := "ok"
	if errno != 0 {
		got = strconv.Itoa(int(errno))
	}
	if text != "" {
		got += fmt.Sprintf(" %q", text)
	}
	if got != strings.TrimSuffix(result, " |") {
		return fmt.Errorf("answer = %s", got)
	}
	if !strings.Contains(rest, " | ") {
		return nil
	}
	return r.state(state)
}

// state compares attributes of the device.
func (r *replay) state(s string) error {
	all := make(attributes)
	_ = decode(r.reply(), func(d *netlink.AttributeDecoder) error {
		a := slices.Clone(d.Bytes())
		all[d.Type()] = a
		return nil
	})
	for _, want := range parseAttributes(s) {
		if got, ok := all[want.typ]; !ok || string(got) != string(want.payload) {
			return fmt.Errorf("attribute %d = %x, want %x", want.typ, got, want.payload)
		}
	}
	return nil
}

// get compares the whole reply.
func (r *replay) get(want string) error {
	wantBytes, err := hex.DecodeString(want)
	if err != nil {
		return err
	}
	const indexAt = 8 + 8 + 4 // after port, mark and a header
	got := slices.Clone(r.reply())
	copy(got[indexAt:], wantBytes[indexAt:indexAt+4]) // the number of the link
	if string(got) != string(wantBytes) {
		return fmt.Errorf("reply = %x", got)
	}
	return nil
}

// reply returns the attributes of the device in a dump of one message.
func (r *replay) reply() []byte {
	link := r.k.links[IndexWG]
	dev := link.Device
	dev.Name, dev.Index = link.Name, int(link.Index)
	for b := range fragment(&dev, link.amnezia, nlwire.Header{}, 1<<16) {
		return b[16+4:]
	}
	return nil
}

type attribute struct {
	typ     uint16
	payload []byte
}

// parseAttributes parses attributes as in "9=0400 10=0800".
func parseAttributes(s string) (list []attribute) {
	for word := range strings.FieldsSeq(s) {
		number, payload, _ := strings.Cut(word, "=")
		typ, err1 := strconv.ParseUint(number, 10, 16)
		b, err2 := hex.DecodeString(payload)
		if err1 != nil || err2 != nil {
			panic(fmt.Sprintf("invalid attribute %q", word))
		}
		list = append(list, attribute{uint16(typ), b})
	}
	return list
}

// TestAmneziaSetOfMissingLink checks that a set for a missing or foreign link is an error of versions
// 1 and 2 and crashes version 3, as it does the real module.
func TestAmneziaSetOfMissingLink(t *testing.T) {
	t.Parallel()
	for _, version := range []wgtypes.AmneziaVersion{wgtypes.AmneziaV10, wgtypes.AmneziaV20, wgtypes.AmneziaV30, wgtypes.AmneziaV31} {
		for index, want := range map[uint32]unix.Errno{5: unix.ENODEV, IndexEth: unix.EOPNOTSUPP} {
			k := NewAmneziaKernel(version)
			if errno, _ := k.setAmnezia(appendU32(nil, devIndex, index)); errno != want {
				t.Errorf("version %v: set of link %d = %v, want %v", version, index, errno, want)
			}
			if got, want := k.Crash() != "", version >= wgtypes.AmneziaV30; got != want {
				t.Errorf("version %v: set of link %d crashes: %t, want %t", version, index, got, want)
			}
		}
	}
}
