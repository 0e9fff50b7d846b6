//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/tuntest"
)

// listen creates a socket in the directory of daemons.
func listen(file string) (*net.UnixListener, error) {
	return net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: filepath.Join(socketDir, file)})
}

// serve calls handle for each connection. handle must close it.
func serve(file string, handle func(net.Conn)) (stop func(), err error) {
	l, err := listen(file)
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	return func() { l.Close() }, nil
}

// fake is a daemon that sends given replies, each in pieces.
type fake struct {
	get, set []string
	// hasty means that the daemon does not read a set request to its end.
	hasty bool
	// seen is called with each request, unless it is nil.
	seen chan string
}

// gotatunQuestion is what this library sends to recognize GotaTun. It changes nothing.
const gotatunQuestion = "set=1\nprotocol_version=1\n\n"

// answers returns a daemon that replies to a get request with get, and accepts every
// set request. It answers gotatunQuestion as wireguard-go does.
func answers(get string) fake { return fake{get: []string{get}, set: []string{"errno=0\n\n"}} }

func (f fake) handle(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	operation, err := r.ReadString('\n')
	isSet := strings.HasPrefix(operation, "set=")
	var request strings.Builder
	request.WriteString(operation)
	for line := operation; err == nil && line != "\n" && !(isSet && f.hasty); {
		line, err = r.ReadString('\n')
		request.WriteString(line)
	}
	if err == nil && f.seen != nil {
		f.seen <- request.String()
	}
	pieces := f.get
	if isSet {
		pieces = f.set
	}
	if request.String() == gotatunQuestion {
		pieces = []string{"errno=-22\n\n"}
	}
	for _, piece := range pieces {
		if err == nil {
			_, err = c.Write([]byte(piece))
		}
		if err == nil && len(pieces) > 1 {
			err = untilRead(c)
		}
	}
}

// untilRead waits until the other side has read everything or closed the connection.
func untilRead(c net.Conn) error {
	raw, err := c.(*net.UnixConn).SyscallConn()
	for left := 1; err == nil && left > 0; runtime.Gosched() {
		controlErr := raw.Control(func(fd uintptr) { left, err = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) })
		err = errors.Join(err, controlErr)
	}
	return err
}

// wireguardGo is a device of wireguard-go with its socket.
type wireguardGo struct {
	dev  *device.Device
	stop func()
}

func startWireguardGo(name string) (*wireguardGo, error) {
	dev := device.NewDevice(tuntest.NewChannelTUN().TUN(), conn.NewStdNetBind(), device.NewLogger(device.LogLevelSilent, ""))
	if err := dev.Up(); err != nil {
		return nil, fmt.Errorf("start wireguard-go: %w", err)
	}
	stop, err := serve(name+".sock", dev.IpcHandle)
	if err != nil {
		dev.Close()
		return nil, err
	}
	return &wireguardGo{dev, stop}, nil
}

func (w *wireguardGo) close() {
	w.stop()
	w.dev.Close()
}

// state returns the reply of the device with its peers sorted.
func (w *wireguardGo) state() (string, error) {
	text, err := w.dev.IpcGet()
	head, rest, _ := strings.Cut(text, "public_key=")
	peers := strings.Split(rest, "public_key=")
	slices.Sort(peers)
	return head + strings.Join(peers, "peer "), err
}
