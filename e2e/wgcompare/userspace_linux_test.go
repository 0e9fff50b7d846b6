package wgcompare

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// startUserspace starts a wireguard-go device without a network, and its socket in
// the world.
//
// wireguard-go lists peers in random order. The socket sorts them by their keys,
// so that the outputs can be compared.
func (w *world) startUserspace(name string) (end func(), err error) {
	dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Bind: steadyBind{wireguardgo.Offline()}})
	if err != nil {
		return nil, err
	}
	stop, err := w.serve(name, dev)
	if err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	return func() {
		stop()
		dev.Close()
	}, nil
}

// serve creates the socket of a device in the world.
func (w *world) serve(name string, dev *wireguardgo.Device) (end func(), err error) {
	return w.listen(name, func(c net.Conn) { serve(c, dev) })
}

// serve answers requests as wireguard-go does.
func serve(c net.Conn, dev *wireguardgo.Device) {
	b := bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
	for {
		operation, err := b.ReadString('\n')
		if err != nil {
			return
		}
		switch operation {
		case "set=1\n":
			err = dev.IpcSetOperation(b.Reader)
		case "get=1\n":
			b.ReadByte()
			var text strings.Builder
			err = dev.IpcGetOperation(&text)
			b.WriteString(inOrder(text.String()))
		default:
			return
		}
		var number int64
		var coded interface{ ErrorCode() int64 }
		if errors.As(err, &coded) {
			number = coded.ErrorCode()
		}
		fmt.Fprintf(b, "errno=%d\n\n", number)
		b.Flush()
	}
}

// inOrder sorts the peers of a reply.
func inOrder(text string) string {
	const first = "public_key="
	parts := strings.Split("\n"+text, "\n"+first)
	slices.Sort(parts[1:])
	for i, peer := range parts[1:] {
		// The peer that was last has a line end.
		parts[i+1] = strings.TrimSuffix(peer, "\n")
	}
	sorted := strings.TrimPrefix(strings.Join(parts, "\n"+first), "\n")
	return strings.TrimSuffix(sorted, "\n") + "\n"
}

// steadyBind makes devices reproducible. It always chooses the same port, and
// sends nothing, so that counters stay 0.
type steadyBind struct{ conn.Bind }

func (b steadyBind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	if port == 0 {
		port = 49999
	}
	return b.Bind.Open(port)
}

func (b steadyBind) Send([][]byte, conn.Endpoint) error { return errors.ErrUnsupported }

func TestPeersInOrder(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                "\n",
		"listen_port=1\n": "listen_port=1\n",
		"listen_port=1\npublic_key=b\nx=1\npublic_key=a\ny=1\n": "listen_port=1\npublic_key=a\ny=1\npublic_key=b\nx=1\n",
		"public_key=b\npublic_key=a\nx=1\n":                     "public_key=a\nx=1\npublic_key=b\n",
	} {
		if got := inOrder(in); got != want {
			t.Errorf("inOrder(%q) = %q, want %q", in, got, want)
		}
	}
}
