//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/bench/record"
)

// startArgs returns the command line of a work that measures the start of a command on
// a machine without devices, or nil if nobody was named that does it.
func (r *runner) startArgs(t task) []string {
	path := map[string]string{record.Limit: r.hello, record.WG: r.wg, record.Wgctrl: r.wgctrl}[t.who]
	switch {
	case path == "":
		return nil
	case t.who == record.Limit:
		return []string{path}
	case t.work == record.StartVersion && t.who == record.WG:
		return []string{path, "--version"}
	case t.work == record.StartVersion:
		return []string{path, "version"}
	case t.work == record.StartWGShow && t.who == record.Wgctrl:
		return []string{r.asWG, "show"}
	}
	return []string{path, "show"}
}

// measureStart measures a whole process. It repeats the command to read the memory.
func measureStart(t task, args []string) (*record.Measurement, error) {
	m, err := measureCommand(t, args)
	if err != nil {
		return nil, err
	}
	m.Growth, err = peak(args)
	return m, err
}

// peak returns the largest resident memory of a command. wait4(2) reports at least that
// of the process that started it, so peak reads it where the command ends.
func peak(args []string) (int64, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	pid := cmd.Process.Pid
	defer func() {
		_ = unix.PtraceDetach(pid)
		_ = cmd.Process.Kill() // it ends by itself unless peak fails
		_ = cmd.Wait()
	}()
	var state unix.WaitStatus
	if _, err := unix.Wait4(pid, &state, 0, nil); err != nil { // until exec(2)
		return 0, err
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACEEXIT); err != nil {
		return 0, err
	}
	for signal := 0; ; {
		if err := unix.PtraceCont(pid, signal); err != nil {
			return 0, err
		}
		if _, err := unix.Wait4(pid, &state, 0, nil); err != nil {
			return 0, err
		}
		switch {
		case !state.Stopped():
			return 0, fmt.Errorf("%v ended without a stop", args)
		case state.TrapCause() == unix.PTRACE_EVENT_EXIT:
			return sizeIn(fmt.Sprintf("/proc/%d/status", pid), "VmHWM")
		}
		signal = int(state.StopSignal())
	}
}

// linkAsWG creates a link to wgctrl with the name wg in a directory.
func (r *runner) linkAsWG(dir string) error {
	if r.wgctrl == "" {
		return nil
	}
	r.asWG = dir + "/wg"
	return os.Symlink(r.wgctrl, r.asWG)
}

// makeEmpty enters another namespace without devices.
func (s *stage) makeEmpty() error {
	if s.empty {
		return nil
	}
	s.empty = true
	return s.leave()
}
