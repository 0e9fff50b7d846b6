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
	// daemonName is the device of a daemon.
	daemonName = "bench"
	// otherLinks is how many links of other kinds a list has to pass over.
	otherLinks = 5000
)

// stage is where tasks are done: a network namespace with devices, or the socket
// of a daemon.
//
// NB: a device that was measured stays, and so does a namespace: a kernel takes
// minutes to let go of ten thousand peers.
type stage struct {
	self string
	made int // devices
	full struct {
		device string
		size   workload.Size
	}
	crowded bool     // there are links of another kind
	left    *os.File // a namespace
	daemon  *exec.Cmd
	serves  workload.Size
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

// ready prepares what a work of a size needs to find, and returns the device.
func (s *stage) ready(work string, size workload.Size) (device string, err error) {
	switch work {
	case record.Write, record.Setconf:
		return s.makeDevice()
	case record.SocketRead, record.SocketStrm, record.SocketWrite:
		return daemonName, s.startDaemon(size)
	case record.Start, record.List:
		return "", s.makeLinks()
	}
	return s.fullDevice(size)
}

// makeDevice makes another device, without peers.
func (s *stage) makeDevice() (name string, err error) {
	s.made++
	name = fmt.Sprintf("bench%d", s.made)
	return name, withClient("wireguard", func(c *wgctrl.Client) error {
		return c.CreateDevice(context.Background(), name, wgctrl.LinkOptions{})
	})
}

// fullDevice returns a device of a size, the one that there is or another.
func (s *stage) fullDevice(size workload.Size) (name string, err error) {
	if s.full.size == size {
		return s.full.device, nil
	}
	if name, err = s.makeDevice(); err != nil {
		return "", err
	}
	s.full.device, s.full.size = name, size
	return name, s.child(task{record.Write, record.Wgctrl, size, name})
}

// child does a task for its effect.
func (s *stage) child(t task) error {
	cmd := exec.Command(s.self, append([]string{childCommand}, t.args()...)...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// makeLinks enters another namespace, with one empty device among links of
// another kind.
func (s *stage) makeLinks() (err error) {
	if s.crowded {
		return nil
	}
	if s.left, err = os.Open("/proc/thread-self/ns/net"); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if _, err := s.makeDevice(); err != nil {
		return err
	}
	s.crowded = true
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
	if s.daemon != nil && s.serves == size {
		return nil
	}
	s.endDaemon()
	cmd := exec.Command(s.self, serveCommand, daemonName, size.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.daemon, s.serves = cmd, size
	_, err = bufio.NewReader(out).ReadString('\n')
	return err
}

func (s *stage) endDaemon() {
	if s.daemon == nil {
		return
	}
	_ = s.daemon.Process.Kill()
	_ = s.daemon.Wait() // it was killed
	_ = os.Remove(socketPath(daemonName))
	s.daemon = nil
}
