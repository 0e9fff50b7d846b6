//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtest"
)

// terminal runs the command in a terminal: a separate tmux server.
type terminal struct {
	t       *testing.T
	socket  string
	changes chan struct{} // receives after the command has written something
}

// newTerminal runs the command in a terminal of this size. It skips the test if
// tmux is not installed, or fails it if WGTEST_TMUX=1 is in the environment.
func newTerminal(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("WGTEST_TMUX") == "1" {
			t.Fatalf("LookPath: %v, want tmux because of WGTEST_TMUX=1", err)
		}
		t.Skipf("this test needs tmux: %v", err)
	}
	dir := wgtest.SocketDir(t)
	x := &terminal{t: t, socket: filepath.Join(dir, "tmux"), changes: make(chan struct{}, 1)}
	words := []string{"exec env WGCTRL_AS_COMMAND=1 LC_ALL=C.UTF-8"}
	for _, arg := range append([]string{os.Args[0]}, args...) {
		words = append(words, "'"+strings.ReplaceAll(arg, "'", `'\''`)+"'")
	}
	script := "echo $$ >'" + x.socket + ".pid'\n" + strings.Join(words, " ") + "\n"
	if err := os.WriteFile(x.socket+".sh", []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	// cat keeps the terminal open after the command has ended.
	x.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		"sh '"+x.socket+`.sh'; echo "exit code $?"; exec cat`, ";", "set", "-g", "escape-time", "0")
	t.Cleanup(func() { x.tmux("kill-server") })
	x.follow(filepath.Join(dir, "output"))
	return x
}

// tmux runs a tmux command and returns its output.
func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", x.socket}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		x.t.Fatalf("tmux %q: %v: %s", args, err, stderr.String())
	}
	return string(out)
}

// follow signals changes whenever something is written to the terminal.
func (x *terminal) follow(pipe string) {
	x.t.Helper()
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		x.t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		x.t.Fatal(err)
	}
	ended := make(chan struct{})
	x.t.Cleanup(func() {
		f.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		buf := make([]byte, 1<<16)
		for {
			if _, err := f.Read(buf); err != nil {
				return
			}
			select {
			case x.changes <- struct{}{}:
			default:
			}
		}
	}()
	x.tmux("pipe-pane", "-O", "cat >"+pipe)
}

// screen returns the text on the terminal.
func (x *terminal) screen() string {
	x.t.Helper()
	return x.tmux("capture-pane", "-p")
}

// awaits waits until is(screen) is true for the screen, which it returns.
func (x *terminal) awaits(what string, is func(screen string) bool) string {
	x.t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		screen := x.screen()
		if is(screen) {
			return screen
		}
		select {
		case <-x.changes:
		case <-deadline:
			x.t.Fatalf("after two minutes the screen is\n%s\nwant %s", screen, what)
		}
	}
}

// shows waits until the screen contains each of these texts.
func (x *terminal) shows(texts ...string) string {
	x.t.Helper()
	return x.awaits(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// hides waits until the screen does not contain this text.
func (x *terminal) hides(text string) string {
	x.t.Helper()
	return x.awaits(fmt.Sprintf("it without %q", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// press presses keys, by tmux's names for them.
func (x *terminal) press(keys ...string) {
	x.t.Helper()
	x.tmux(append([]string{"send-keys"}, keys...)...)
}

// wheel turns the mouse wheel by a step, up or down, at this line of the terminal.
func (x *terminal) wheel(line int, down bool) {
	x.t.Helper()
	button := 64
	if down {
		button++
	}
	args := []string{"send-keys", "-H"}
	for _, b := range fmt.Appendf(nil, "\x1b[<%d;5;%dM", button, line+1) {
		args = append(args, fmt.Sprintf("%02x", b))
	}
	x.tmux(args...)
}

// resize changes the size of the terminal.
func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.tmux("resize-window", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
}

// signal sends a signal to the command.
func (x *terminal) signal(s syscall.Signal) {
	x.t.Helper()
	var pid int
	text, err := os.ReadFile(x.socket + ".pid")
	if err == nil {
		_, err = fmt.Sscan(string(text), &pid)
	}
	if err == nil {
		err = syscall.Kill(pid, s)
	}
	if err != nil {
		x.t.Fatal(err)
	}
}

// isRestored checks that the terminal shows its normal screen and the cursor, and does
// not report the mouse.
func (x *terminal) isRestored() {
	x.t.Helper()
	if got := x.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"); got != "0 1 0\n" {
		x.t.Errorf("alternate_on cursor_flag mouse_any_flag = %q, want %q", got, "0 1 0\n")
	}
}
