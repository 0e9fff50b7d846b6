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
	// daemonName is the name of the daemon's device.
	daemonName = "bench"
	// otherLinks is the number of links of another kind that List has to skip.
	otherLinks = 5000
)

// stage has the devices for the tasks: a network namespace with devices, or the
// socket of a daemon.
//
// It never removes devices or namespaces, because the kernel takes minutes to
// remove ten thousand peers.
type stage struct {
	self string
	made int // devices
	full struct {
		device string
		size   workload.Size
	}
	fleet   workload.Size // of the devices in the namespace, if they are a fleet
	crowded bool          // the namespace has links of another kind
	empty   bool          // the namespace has no devices
	left    []*os.File    // namespaces that were left
	daemon  *exec.Cmd
	serves  workload.Size
}

// newStage enters a new network namespace. Processes that this thread starts are in
// it, too, so the caller must keep the goroutine on the thread.
func newStage() (*stage, error) {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("new network namespace: %w", err)
	}
	self, err := os.Executable()
	return &stage{self: self}, err
}

// ready prepares the stage for a work of a size and returns the device.
func (s *stage) ready(work string, size workload.Size) (device string, err error) {
	switch work {
	case record.Write, record.Setconf:
		return s.makeDevice()
	case record.SocketRead, record.SocketStrm, record.SocketWrite:
		return daemonName, s.startDaemon(size)
	case record.Diff, record.ParseFile:
		return "", nil
	case record.Start, record.List:
		return "", s.makeLinks()
	case record.StartVersion, record.StartShow, record.StartWGShow:
		return "", s.makeEmpty()
	case record.Devices, record.DumpAll:
		return "", s.makeFleet(size)
	case record.Scrape: // an exporter reads all devices, also those of daemons
		s.endDaemon()
		return "", s.makeFleet(workload.Size{Devices: 1, Peers: size.Peers, Prefixes: size.Prefixes})
	}
	return s.fullDevice(size)
}

// makeDevice creates another device without peers.
func (s *stage) makeDevice() (name string, err error) {
	s.made++
	name = fmt.Sprintf("bench%d", s.made)
	return name, withClient("wireguard", func(c *wgctrl.Client) error {
		return c.CreateDevice(context.Background(), name, wgctrl.LinkOptions{})
	})
}

// fullDevice returns a device of a size. It creates one if necessary.
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

// child does a task without measuring it.
func (s *stage) child(t task) error {
	cmd := exec.Command(s.self, append([]string{childCommand}, t.args()...)...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// makeLinks enters another namespace with one empty device and many links of another
// kind.
func (s *stage) makeLinks() error {
	if s.crowded {
		return nil
	}
	if err := s.leave(); err != nil {
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

// makeFleet enters another namespace with the devices of a size.
func (s *stage) makeFleet(size workload.Size) error {
	if s.fleet == size {
		return nil
	}
	if err := s.leave(); err != nil {
		return err
	}
	cmd := exec.Command(s.self, fleetCommand, size.String())
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	s.fleet = size
	return nil
}

// fleetCommand creates the devices of a fleet.
const fleetCommand = "fleet"

func createFleet(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want a size")
	}
	size, err := workload.ParseSize(args[0])
	if err != nil {
		return err
	}
	config, ctx := size.Config(), context.Background()
	return withClient("wireguard", func(c *wgctrl.Client) error {
		for i := range size.Devices {
			name := fmt.Sprintf("fleet%d", i)
			if err := c.CreateDevice(ctx, name, wgctrl.LinkOptions{}); err != nil {
				return err
			}
			if err := c.ConfigureDevice(ctx, name, config); err != nil {
				return err
			}
		}
		return nil
	})
}

// leave enters a new namespace and keeps the one that it leaves.
func (s *stage) leave() error {
	left, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	s.left = append(s.left, left)
	return unix.Unshare(unix.CLONE_NEWNET)
}

// withClient calls do with a Client for links of that kind.
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
