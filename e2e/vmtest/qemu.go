package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

const qemu = "qemu-system-x86_64"

// defaultAccel is emulation, because /dev/kvm cannot boot a kernel on every machine that
// has it.
const defaultAccel = "tcg,thread=single"

// A machine is the configuration of QEMU.
type machine struct {
	kernel, initrd string
	accel          string
	memory         int // MiB
	// counted makes the guest's clock count instructions, 2 ns for each, so that it
	// does not depend on the host's load.
	counted bool
}

func (m machine) args() []string {
	var clock []string
	if m.counted {
		clock = []string{"-icount", "shift=1,sleep=off"}
	}
	return append(clock,
		"-accel", m.accel,
		// QEMU 7.2 corrupts a register around cmpxchg16b, so that guests panic at
		// random: -cx16 keeps kernels from using it. Its emulation of rep movsb is
		// slow: without erms and fsrm, kernels copy in another way.
		"-cpu", "max,-cx16,-erms,-fsrm",
		"-smp", "2", "-m", strconv.Itoa(m.memory),
		"-nodefaults", "-display", "none", "-no-reboot",
		"-kernel", m.kernel, "-initrd", m.initrd,
		// panic=-1 ends the machine on a panic. devkmsg=on lifts the limit on
		// the rate at which the init script may log.
		"-append", "console=ttyS0 quiet panic=-1 printk.devkmsg=on printk.time=0",
		// ttyS0 is the console, on standard output; ttyS1 is the pipe.
		"-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
		"-chardev", "file,id=programs,path=/dev/fd/3", "-serial", "chardev:programs",
	)
}

// boot runs a machine until it powers off. It copies the output of the programs to out,
// and the console to c. It returns an error if QEMU fails or ctx ends; c has the result
// of the guest.
func boot(ctx context.Context, m machine, out io.Writer, c *console) error {
	path, err := lookTool(qemu)
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(run, path, m.args()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	consoleOut, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	programsOut, err := startWithPipe(cmd)
	if err != nil {
		return err
	}
	var copying sync.WaitGroup
	copying.Go(func() {
		io.Copy(out, programsOut)
		programsOut.Close()
	})
	follow(consoleOut, c, stop)
	copying.Wait()
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w %s%s", context.Cause(ctx), c.when(), c.log())
	case run.Err() != nil:
		return nil // follow stopped QEMU after a panic
	case err != nil:
		return toolError(ctx, qemu, err, stderr.String())
	}
	return nil
}

// startWithPipe starts cmd with the write end of a pipe as file descriptor 3, and returns
// the read end.
func startWithPipe(cmd *exec.Cmd) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close() // cmd has its own copy; this one would keep r open
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// panicGrace is the time for the stack trace after a panic. The kernel may then hang
// instead of powering off.
const panicGrace = time.Second

// follow reads the console to its end. After a panic it calls stop when panicGrace has
// passed.
func follow(r io.Reader, c *console, stop func()) {
	var stopSoon sync.Once
	b := bufio.NewReader(r)
	for {
		line, err := b.ReadString('\n')
		if line != "" {
			c.line(line)
		}
		if c.panicked {
			stopSoon.Do(func() { time.AfterFunc(panicGrace, stop) })
		}
		if err != nil {
			return
		}
	}
}
