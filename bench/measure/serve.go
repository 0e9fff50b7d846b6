//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/uapi"
)

// serveCommand is a daemon that replies with encoded text and accepts every change.
const serveCommand = "serve"

func socketPath(device string) string { return filepath.Join("/var/run/wireguard", device+".sock") }

// serve prints "ready" when it listens.
func serve(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("invalid arguments %q: must be DEVICE SIZE", args)
	}
	size, err := workload.ParseSize(args[1])
	if err != nil {
		return err
	}
	reply := uapi.AppendDevice(nil, size.Device(args[0]))
	path := socketPath(args[0])
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		// One connection at a time. An error means that the client closed it.
		_ = answer(c, reply)
		_ = c.Close()
	}
}

// answer serves one connection. It answers a get request with reply.
func answer(c net.Conn, reply []byte) error {
	r := bufio.NewReaderSize(c, 256<<10)
	first, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	for line := first; line != "\n"; {
		b, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = string(b)
	}
	if !strings.HasPrefix(first, "get") {
		reply = uapi.AppendErrno(nil, 0)
	}
	_, err = c.Write(reply)
	return err
}
