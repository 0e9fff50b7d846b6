package quickcompare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/wgctrl/wgctrl/e2e/nsthread"
)

// A world is a thread with its own root, mount and network namespaces. The
// programs that it starts inherit them.
type world struct {
	env environment
	*nsthread.Thread
}

// newWorld creates a world with the network that every test begins with.
func newWorld(env environment) (*world, error) {
	w := &world{env: env, Thread: nsthread.New()}
	err := w.Do(w.furnish)
	if err == nil {
		err = w.connect()
	}
	if err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// end removes the sockets of daemons, so that they end, and then the namespaces.
func (w *world) end() {
	w.shell("rm -f /run/wireguard/*.sock")
	w.End()
}

// An outcome is the output and the exit code of a program.
type outcome struct {
	stdout, stderr string
	code           int           // -1 if a signal ended it
	cpu            time.Duration // of the program and its children
}

// patience is how long a program may run before it counts as hanging.
const patience = 25 * time.Minute

// defaultPath is the PATH of programs.
const defaultPath = "/usr/sbin:/usr/bin"

// run runs a program in the world. argv[0] may differ from the program's name. The
// output goes to files: a daemon that keeps a pipe open would keep run waiting.
func (w *world) run(program string, argv []string, env ...string) (outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Path, cmd.Args, cmd.Err, cmd.Dir = program, argv, nil, "/"
	cmd.Env = append([]string{
		"PATH=" + defaultPath, "HOME=/", "LC_ALL=C", "TERM=dumb", "GORACE=atexit_sleep_ms=0",
		"WG_ENDPOINT_RESOLUTION_RETRIES=0", "WG_QUICK_USERSPACE_IMPLEMENTATION=" + userspaceProgram,
	}, env...)
	stdout, err := newOutput()
	if err != nil {
		return outcome{}, err
	}
	defer stdout.Close()
	stderr, err := newOutput()
	if err != nil {
		return outcome{}, err
	}
	defer stderr.Close()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := w.Do(cmd.Start); err != nil {
		return outcome{}, err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return outcome{}, err
	}
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("%q did not end within %v", argv, patience)
	}
	usage := cmd.ProcessState
	o := outcome{code: usage.ExitCode(), cpu: usage.UserTime() + usage.SystemTime()}
	o.stdout, err = readOutput(stdout)
	if err == nil {
		o.stderr, err = readOutput(stderr)
	}
	return o, err
}

// newOutput returns a file for the output of a program, which is already removed.
func newOutput() (*os.File, error) {
	f, err := os.CreateTemp("", "output")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

func readOutput(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	b := make([]byte, info.Size())
	if len(b) > 0 {
		_, err = f.ReadAt(b, 0)
	}
	return string(b), err
}

// shell runs a script in the world with bash, which must succeed. It returns the
// standard output.
func (w *world) shell(script string) (string, error) {
	o, err := w.run("/bin/bash", []string{"bash", "-e", "-o", "pipefail", "-c", script})
	if err == nil && o.code != 0 {
		err = fmt.Errorf("%s: exit code %d: %s", script, o.code, o.stderr)
	}
	return o.stdout, err
}

// write writes a file in the world, and makes its directory.
func (w *world) write(path, text string, mode os.FileMode) error {
	return w.Do(func() error {
		if err := os.MkdirAll(parent(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return err
		}
		return os.Chmod(path, mode)
	})
}
