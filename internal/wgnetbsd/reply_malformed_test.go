package wgnetbsd_test

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
)

// replying returns the backend of a kernel that has the device wg0 and replies with text.
func replying(t testing.TB, text []byte) wginternal.Backend {
	c := newKernel(t).Config()
	c.Ioctl = replyingIoctl(text)
	return wgnetbsd.NewWith(c)
}

// replyingIoctl returns an ioctl that always replies with text.
func replyingIoctl(text []byte) bsd.Ioctl {
	return func(_ uint32, _ []byte, _ int, data []byte) error {
		if len(text)+1 > len(data) {
			return syscall.EINVAL
		}
		data[copy(data, text)] = 0
		return nil
	}
}

// reply returns the reply of the kernel for the device of fullState.
func reply(t testing.TB) []byte {
	t.Helper()
	k := newKernel(t)
	state, _ := fullState()
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { *d = state })
	return capture(t, k)
}

// capture returns the reply of the kernel for wg0.
func capture(t testing.TB, k *kerneltest.NetBSD) (text []byte) {
	t.Helper()
	c := k.Config()
	c.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
		err := k.Ioctl(request, arg, pointer, data)
		if err == nil {
			text, _, _ = bytes.Cut(bytes.Clone(data), []byte{0})
		}
		return err
	}
	read(t, wgnetbsd.NewWith(c))
	return text
}

// TestCutReplies checks that a reply that is cut at any byte is malformed, for changes
// too.
func TestCutReplies(t *testing.T) {
	t.Parallel()
	whole := bytes.TrimSpace(reply(t))
	for n := range whole {
		d := open(t, replying(t, whole[:n]))
		if _, err := d.Read(t.Context()); !errors.Is(err, wgnetbsd.ErrMalformed) {
			t.Fatalf("Read() of %d of %d bytes = %v, want ErrMalformed", n, len(whole), err)
		}
		if err := d.Configure(t.Context(), testutil.Peers(testutil.Allow(testutil.PeerA)), nil); !errors.Is(err, wgnetbsd.ErrMalformed) {
			t.Fatalf("Configure() after a reply of %d of %d bytes = %v, want ErrMalformed", n, len(whole), err)
		}
	}
}

// TestMalformedReplies changes one thing in a reply.
func TestMalformedReplies(t *testing.T) {
	t.Parallel()
	whole := string(reply(t))
	key := func(s string) string { return "<key>" + s + "</key>" }
	for name, change := range map[string]struct{ from, to string }{
		"port above 65535":           {"<integer>0xca6c</integer>", "<integer>0x10000</integer>"},
		"negative port":              {"<integer>0xca6c</integer>", "<integer>-1</integer>"},
		"port is text":               {"<integer>0xca6c</integer>", "<string>51820</string>"},
		"peers are a dictionary":     {"\t<array>\n\t\t<dict>", "\t<dict>\n\t\t<dict>"},
		"two lists of peers":         {"\t" + key("private_key"), "\t" + key("peers") + "<array/>" + key("private_key")},
		"peer is a number":           {"\t\t<dict>\n\t\t\t" + key("endpoint"), "\t\t<integer>1</integer><dict>\n\t\t\t" + key("endpoint")},
		"peer without public key":    {key("public_key"), key("public_keys")},
		"two lists of allowed IPs":   {key("last_handshake_time_nsec") + "\n\t\t\t<integer>0x5", key("allowedips") + "<array/>" + key("last_handshake_time_nsec") + "<integer>0x5"},
		"short preshared key":        {key("preshared_key") + "\n\t\t\t<data>AQAA", key("preshared_key") + "\n\t\t\t<data>"},
		"number of seconds is large": {"<integer>0x6553f100</integer>", "<integer>0x8000000000000000</integer>"},
		"a second of nanoseconds":    {"<integer>0x5</integer>", "<integer>1000000000</integer>"},
		"allowed IP of 9 bits more":  {"<integer>0x8</integer>", "<integer>0x21</integer>"},
		"bits above a byte":          {"<integer>0x8</integer>", "<integer>0x108</integer>"},
		"another family":             {"<integer>2</integer>", "<integer>10</integer>"},
		"the other family":           {"<integer>2</integer>", "<integer>24</integer>"},
		"allowed IP without address": {key("ip"), key("pi")},
		"address of 3 bytes":         {"<data>CgECAw==</data>", "<data>CgEC</data>"},
	} {
		text := strings.Replace(whole, change.from, change.to, 1)
		if text == whole {
			t.Errorf("%s: the reply has no %q, want one:\n%s", name, change.from, whole)
			continue
		}
		if _, err := open(t, replying(t, []byte(text))).Read(t.Context()); !errors.Is(err, wgnetbsd.ErrMalformed) {
			t.Errorf("%s: Read() = %v, want ErrMalformed", name, err)
		}
	}
}

// TestUnknownEndpoints checks that a peer with an endpoint of another form has none.
func TestUnknownEndpoints(t *testing.T) {
	t.Parallel()
	for _, sockaddr := range [][]byte{{}, {2, 2}, {16, 2, 1}, append([]byte{16, 10}, make([]byte, 14)...), append([]byte{28, 2}, make([]byte, 26)...), make([]byte, 200)} {
		k := newKernel(t)
		k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
			d.Peers = []kerneltest.NetBSDPeer{{PublicKey: testutil.PeerA, Endpoint: sockaddr}}
		})
		if got := read(t, k.Backend()).Peers[0].Endpoint; got.IsValid() {
			t.Errorf("endpoint of %x = %v, want none", sockaddr, got)
		}
	}
}

// TestReplyWithoutEnd checks that a reply without a NUL byte is malformed.
func TestReplyWithoutEnd(t *testing.T) {
	t.Parallel()
	c := newKernel(t).Config()
	c.Ioctl = func(_ uint32, _ []byte, _ int, data []byte) error {
		for i := range data {
			data[i] = ' '
		}
		return nil
	}
	if _, err := open(t, wgnetbsd.NewWith(c)).Read(t.Context()); !errors.Is(err, wgnetbsd.ErrMalformed) {
		t.Errorf("Read() = %v, want ErrMalformed", err)
	}
}

// TestHostileMemory checks that replies do not make the backend allocate more than a
// multiple of their size. It does not run in parallel, because it measures the memory of
// the process.
func TestHostileMemory(t *testing.T) {
	const size = 1 << 20
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	peer := "<dict><key>public_key</key><data>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</data></dict>"
	ip := "<dict><key>family</key><integer>2</integer><key>cidr</key><integer>0</integer><key>ip</key><data>AAAAAA==</data></dict>"
	for name, value := range map[string]string{
		"empty peers":      "<dict><key>peers</key><array>" + repeat("<dict/>") + "</array></dict>",
		"small peers":      "<dict><key>peers</key><array>" + repeat(peer) + "</array></dict>",
		"allowed IPs":      "<dict><key>peers</key><array><dict><key>allowedips</key><array>" + repeat(ip),
		"unknown keys":     "<dict>" + repeat("<key>&lt;</key><data/>") + "</dict>",
		"one long data":    "<dict><key>private_key</key><data>" + repeat("AAAA") + "</data></dict>",
		"space in data":    "<dict><key>x</key><data>" + repeat(" A") + "</data></dict>",
		"one long text":    "<dict><key>x</key><string>" + repeat("&amp;") + "</string></dict>",
		"one long number":  "<dict><key>listen_port</key><integer>" + repeat("0") + "</integer></dict>",
		"unclosed arrays":  repeat("<array>"),
		"one long tag":     "<" + repeat("x") + ">",
		"long declaration": "<!DOCTYPE " + repeat("x"),
	} {
		d := open(t, replying(t, []byte(`<plist version="1.0">`+value+"</plist>")))
		// The buffers up to the size of the reply take 4 times its size.
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := d.Read(t.Context())
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(12*size); got > most {
			t.Errorf("%s: Read() = %v allocated %d bytes, want at most %d", name, err, got, most)
		}
	}
}
