package wgcompare

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// startUserspace starts a wireguard-go device, without a network, behind a
// socket in the world.
//
// wireguard-go tells its peers in an order that is random each time. This
// socket tells them in that of their keys, so that nothing needs to be put in
// order afterwards.
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

// serve makes a device's socket in the world.
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

// inOrder sorts the peers of an answer.
func inOrder(text string) string {
	const first = "public_key="
	parts := strings.Split("\n"+text, "\n"+first)
	slices.Sort(parts[1:])
	for i, peer := range parts[1:] {
		// The last of them ended differently.
		parts[i+1] = strings.TrimSuffix(peer, "\n")
	}
	sorted := strings.TrimPrefix(strings.Join(parts, "\n"+first), "\n")
	return strings.TrimSuffix(sorted, "\n") + "\n"
}

// steadyBind leaves nothing to chance or time: where it may choose a port it
// chooses the same one each time, and nothing is ever sent, so that counters
// stay 0.
type steadyBind struct{ conn.Bind }

func (b steadyBind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	if port == 0 {
		port = 49999
	}
	return b.Bind.Open(port)
}

func (b steadyBind) Send([][]byte, conn.Endpoint) error { return errors.ErrUnsupported }
