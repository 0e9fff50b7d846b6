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

// defaultAccel is emulation: /dev/kvm exists on machines where it does not
// run a stock kernel.
const defaultAccel = "tcg,thread=single"

// A machine is what QEMU needs to know.
type machine struct {
	kernel, initrd string
	accel          string
	memory         int // MiB
	// counted makes the guest's clock count instructions, 2 ns for each, so that
	// what else this machine does cannot be seen in it.
	counted bool
}

func (m machine) args() []string {
	var clock []string
	if m.counted {
		clock = []string{"-icount", "shift=1,sleep=off"}
	}
	return append(clock,
		"-accel", m.accel,
		// QEMU 7.2's emulation corrupts a register around cmpxchg16b, by which
		// guests panic at random; without the feature kernels do not use it. And
		// it copies byte by byte where kernels trust that no other way is faster:
		// then copying is as dear as computing.
		"-cpu", "max,-cx16,-erms,-fsrm",
		"-smp", "2", "-m", strconv.Itoa(m.memory),
		"-nodefaults", "-display", "none", "-no-reboot",
		"-kernel", m.kernel, "-initrd", m.initrd,
		// panic=-1 ends the machine on a panic. devkmsg=on lifts the limit on
		// the rate at which the init script may log.
		"-append", "console=ttyS0 quiet panic=-1 printk.devkmsg=on printk.time=0",
		// ttyS0, the console, is standard output; ttyS1 our pipe.
		"-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
		"-chardev", "file,id=programs,path=/dev/fd/3", "-serial", "chardev:programs",
	)
}

// boot runs a machine to its end. What its programs print goes to out, what
// its console shows to c. It returns an error if QEMU fails or ctx ends; how
// the guest fared is for c to tell.
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
		return nil // Stopped by us, for what the console showed.
	case err != nil:
		return toolError(ctx, qemu, err, stderr.String())
	}
	return nil
}

// startWithPipe starts cmd with the other end of the pipe it returns as file
// descriptor 3.
func startWithPipe(cmd *exec.Cmd) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close() // cmd has its own by then; ours would keep r from ending.
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// panicGrace is for the stack trace that follows the news of a panic. A
// kernel that panicked may hang instead of ending the machine.
const panicGrace = time.Second

// follow reads the console to its end and calls stop soon after a panic.
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
