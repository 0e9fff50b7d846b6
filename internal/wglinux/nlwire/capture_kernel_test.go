package nlwire_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestKernelDumps decodes the dumps of real kernels and compares them with the output of
// wg(8) for the same device.
func TestKernelDumps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"get-empty", "get-small", "get-split", "get-split-first", "get-handshake"} {
		each(t, name+".txt", func(t *testing.T, c capture, file string) {
			got, _ := decode(t, dataOf(t, c))
			want, err := os.ReadFile(strings.TrimSuffix(file, ".txt") + ".dump")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), wgDump(got)); diff != "" {
				t.Errorf("%s: the device (-want +got):\n%s", file, diff)
			}
			if got.Name != "wg0" || got.Index == 0 {
				t.Errorf("device %q with the index %d, want %q with an index", got.Name, got.Index, "wg0")
			}
		})
	}
}

// dataOf yields the messages of a dump, and fails the test unless it ends without error.
func dataOf(t *testing.T, c capture) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		ended := false
		for _, datagram := range c.received {
			m := nlwire.NewMessages(datagram)
			rest := datagram
			for m.Next() {
				n := 16 + len(m.Payload)
				if m.Header.Type == nlwire.TypeDone {
					ack, err := nlwire.DecodeAck(m.Header, m.Payload)
					if err != nil || ack.Errno != 0 {
						t.Errorf("DecodeAck() at the end of the dump = %+v, %v, want no error", ack, err)
					}
					ended = true
				} else if !yield(rest[:n]) {
					return
				}
				rest = rest[min((n+3)&^3, len(rest)):]
			}
			if m.Err() != nil {
				t.Errorf("Messages.Err() = %v, want nil", m.Err())
			}
		}
		if !ended {
			t.Errorf("the dump has no message of the type %d, want one at its end", nlwire.TypeDone)
		}
	}
}

// wgDump formats a device as `wg show wg0 dump` does.
func wgDump(d *wgtypes.Device) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\t%s\t%d\t%s\n", orNone(secret(d.PrivateKey)), orNone(public(d.PublicKey)), d.ListenPort, mark(d.FirewallMark))
	for _, p := range d.Peers {
		ips := make([]string, len(p.AllowedIPs))
		for i, ip := range p.AllowedIPs {
			ips[i] = ip.String()
		}
		endpoint := ""
		if p.Endpoint.IsValid() {
			// The link lan0 was created just before the device.
			endpoint = strings.Replace(p.Endpoint.String(), "%"+strconv.Itoa(d.Index-1)+"]", "%lan0]", 1)
		}
		handshake := int64(0)
		if !p.LastHandshake.IsZero() {
			handshake = p.LastHandshake.Unix()
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", p.PublicKey, orNone(secret(p.PresharedKey)), orNone(endpoint),
			orNone(strings.Join(ips, ",")), handshake, p.ReceiveBytes, p.TransmitBytes, keepalive(p.PersistentKeepalive))
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

func secret(k interface {
	IsZero() bool
	MarshalText() ([]byte, error)
}) string {
	if k.IsZero() {
		return ""
	}
	text, _ := k.MarshalText()
	return string(text)
}

func public(k wgtypes.PublicKey) string {
	if k.IsZero() {
		return ""
	}
	return k.String()
}

func mark(n uint32) string {
	if n == 0 {
		return "off"
	}
	return fmt.Sprintf("%#x", n)
}

func keepalive(d time.Duration) string {
	if d == 0 {
		return "off"
	}
	return strconv.Itoa(int(d / time.Second))
}

// TestKernelHandshake checks that the capture after a handshake has times and counts.
func TestKernelHandshake(t *testing.T) {
	t.Parallel()
	each(t, "get-handshake.txt", func(t *testing.T, c capture, _ string) {
		d, _ := decode(t, dataOf(t, c))
		p := d.Peers[0]
		if p.LastHandshake.Year() < 2026 || p.LastHandshake.Nanosecond() == 0 || p.ReceiveBytes == 0 || p.TransmitBytes == 0 {
			t.Errorf("handshake %v, %d bytes received, %d transmitted, want a time since 2026 with nanoseconds, and counts", p.LastHandshake, p.ReceiveBytes, p.TransmitBytes)
		}
	})
}

// TestKernelRefusals decodes the errors of real kernels.
func TestKernelRefusals(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]nlwire.Ack{
		"get-absent.txt":  {Errno: syscall.ENODEV},
		"get-lo.txt":      {Errno: syscall.EOPNOTSUPP},
		"set-unknown.txt": {Errno: syscall.EINVAL, Text: "Unknown attribute type"},
	} {
		each(t, name, func(t *testing.T, c capture, _ string) {
			h, p := payload(t, c.received[0])
			got, err := nlwire.DecodeAck(h, p)
			if err != nil || h.Type != nlwire.TypeError || got != want {
				t.Errorf("got %+v, %v, want %+v, nil", got, err, want)
			}
		})
	}
}

// TestKernelLinks decodes the links of real kernels and compares them with the output of
// ip(8).
func TestKernelLinks(t *testing.T) {
	t.Parallel()
	for name, filtered := range map[string]bool{"links.txt": true, "links-all.txt": false} {
		each(t, name, func(t *testing.T, c capture, file string) {
			var got []nlwire.Link
			for message := range dataOf(t, c) {
				h, p := payload(t, message)
				link, err := nlwire.DecodeLink(h, p)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, link)
			}
			want := ipLinks(t, filepath.Join(filepath.Dir(file), "links-all.json"))
			if filtered {
				want = slices.DeleteFunc(want, func(l nlwire.Link) bool { return l.Kind != "wireguard" })
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func ipLinks(t *testing.T, file string) (links []nlwire.Link) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Index uint32   `json:"ifindex"`
		Name  string   `json:"ifname"`
		MTU   uint32   `json:"mtu"`
		Flags []string `json:"flags"`
		Info  struct {
			Kind string `json:"info_kind"`
		} `json:"linkinfo"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		links = append(links, nlwire.Link{
			Index: l.Index, Name: l.Name, Kind: l.Info.Kind, MTU: l.MTU, Up: slices.Contains(l.Flags, "UP"),
		})
	}
	return links
}
