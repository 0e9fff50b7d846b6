//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
)

const (
	deviceName = "bench0"
	// otherLinks is how many links of other kinds a list has to pass over.
	otherLinks = 5000
)

// stage is where tasks are done: a network namespace with a device, or the
// socket of a daemon.
type stage struct {
	self   string
	daemon *exec.Cmd
}

// newStage enters a namespace of its own. Whatever is started from this thread
// is in it too, so that the caller must not leave the thread.
func newStage() (*stage, error) {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("a network namespace: %w", err)
	}
	self, err := os.Executable()
	return &stage{self: self}, err
}

// set prepares what t needs to find.
func (s *stage) set(t task) error {
	switch t.work {
	case record.Read, record.Poll, record.Stream, record.Dump:
		if err := s.makeDevice(); err != nil {
			return err
		}
		return s.child(task{record.Write, record.Wgctrl, t.size, t.device})
	case record.Write, record.Setconf:
		return s.makeDevice()
	case record.SocketRead, record.SocketStrm, record.SocketWrite:
		return s.startDaemon(t.size)
	case record.List:
		return s.makeLinks()
	}
	return fmt.Errorf("unknown work %q", t.work)
}

// child does a task for its effect.
func (s *stage) child(t task) error {
	cmd := exec.Command(s.self, append([]string{childCommand}, t.args()...)...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// makeDevice makes the device anew.
func (s *stage) makeDevice() error {
	if err := s.removeDevice(); err != nil {
		return err
	}
	return withClient("wireguard", func(c *wgctrl.Client) error {
		return c.CreateDevice(context.Background(), deviceName, wgctrl.LinkOptions{})
	})
}

func (s *stage) removeDevice() error {
	return withClient("wireguard", func(c *wgctrl.Client) error {
		refs, err := c.List(context.Background())
		if err != nil || len(refs) == 0 {
			return err
		}
		return c.DeleteDevice(context.Background(), deviceName)
	})
}

// makeLinks makes links of another kind beside one device. They go with the
// namespace.
func (s *stage) makeLinks() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if err := s.makeDevice(); err != nil {
		return err
	}
	return withClient("dummy", func(c *wgctrl.Client) error {
		for i := range otherLinks {
			if err := c.CreateDevice(context.Background(), fmt.Sprintf("other%d", i), wgctrl.LinkOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// withClient runs do with a client for links of that kind.
func withClient(kind string, do func(*wgctrl.Client) error) error {
	c, err := wgctrl.New(wgctrl.WithFamily(kind), wgctrl.WithBackends(kernelOnly...))
	if err != nil {
		return err
	}
	return joined(do(c), c)
}

func (s *stage) startDaemon(size workload.Size) error {
	s.endDaemon()
	cmd := exec.Command(s.self, serveCommand, deviceName, size.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.daemon = cmd
	_, err = bufio.NewReader(out).ReadString('\n')
	return err
}

func (s *stage) endDaemon() {
	if s.daemon == nil {
		return
	}
	_ = s.daemon.Process.Kill()
	_ = s.daemon.Wait() // it was killed
	_ = os.Remove(socketPath(deviceName))
	s.daemon = nil
}

// end leaves nothing behind. The namespace ends with the process.
func (s *stage) end() {
	s.endDaemon()
	_ = s.removeDevice()
}
