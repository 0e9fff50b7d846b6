package rewrite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

// With one of these environment variables, the test binary rewrites the file that is
// the variable's value and prints the result.
const (
	fullDiskTask = "REWRITE_TEST_FULL_DISK"
	largeTask    = "REWRITE_TEST_LARGE"
	failTask     = "REWRITE_TEST_FAIL" // with a system call that fails: see failCall
	signalTask   = "REWRITE_TEST_SIGNAL"
	nobodyTask   = "REWRITE_TEST_NOBODY" // without privileges
)

// failCall is the environment variable with the number of the system call that fails
// in failTask.
const failCall = "REWRITE_TEST_FAIL_CALL"

// nobody is the number of a user without privileges.
const nobody = 65534

// large takes a while to write.
var large = bytes.Repeat([]byte("x"), 48<<20)

func TestMain(m *testing.M) {
	if path := os.Getenv(fullDiskTask); path != "" {
		// A limit of the size of files has the effect of a full disk.
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(len(after)) - 1, Max: uint64(len(after)) - 1}); err != nil {
			panic(err)
		}
		report(rewrite.File(context.Background(), path, []byte(before), []byte(after)))
	}
	if path := os.Getenv(failTask); path != "" {
		if err := fail(os.Getenv(failCall)); err != nil {
			report(err)
		}
		report(rewrite.File(context.Background(), path, []byte(before), []byte(after)))
	}
	if path := os.Getenv(signalTask); path != "" {
		err := rewrite.File(context.Background(), path, []byte(before), []byte(after))
		if err == nil {
			err = unix.Kill(os.Getpid(), unix.SIGTERM)
		}
		if err != nil {
			report(err)
		}
		select {} // until the signal ends the process
	}
	if path := os.Getenv(nobodyTask); path != "" {
		if err := errors.Join(syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			report(err)
		}
		report(rewrite.File(context.Background(), path, []byte(before), []byte(after)))
	}
	if path := os.Getenv(largeTask); path != "" {
		report(rewrite.File(context.Background(), path, []byte(before), large))
	}
	os.Exit(m.Run())
}

// report ends the process with the result of File.
func report(err error) {
	fmt.Println(err)
	os.Exit(0)
}

// process returns a process with a task.
func process(t *testing.T, task, path string) (cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	cmd, out = exec.CommandContext(t.Context(), os.Args[0]), new(bytes.Buffer)
	cmd.Env = append(os.Environ(), task+"="+path)
	cmd.Stdout = out
	return cmd, out
}

// TestFullDisk checks that a file keeps its content if the new one does not fit on
// the disk, and that nothing else is left.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	cmd, out := process(t, fullDiskTask, path)
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "file too large") {
		t.Errorf("File() with a full disk = %q, %v, want the error of the write", out.String(), err)
	}
	if want := "write " + path + ": "; !strings.Contains(out.String(), want) {
		t.Errorf("File() with a full disk = %q, want a text with %q, not the name of the temporary file", out.String(), want)
	}
	checkFile(t, path, before)
}

// fail makes a system call fail with EIO in this process.
func fail(number string) error {
	call, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the system call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(call), Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// TestFailingCalls checks that a file keeps its content if the new one does not reach
// the disk or cannot get the same owner, mode or attributes.
func TestFailingCalls(t *testing.T) {
	t.Parallel()
	fchown := unix.SYS_FCHOWN
	if runtime.GOARCH == "386" {
		fchown = 207 // SYS_FCHOWN32, which package unix defines only on some systems
	}
	for name, call := range map[string]int{
		"fsync": unix.SYS_FSYNC, "fchown": fchown, "fchmod": unix.SYS_FCHMOD, "flistxattr": unix.SYS_FLISTXATTR,
		"fgetxattr": unix.SYS_FGETXATTR, "fsetxattr": unix.SYS_FSETXATTR, "fremovexattr": unix.SYS_FREMOVEXATTR,
	} {
		path := newFile(t)
		setAttr(t, path, "user.comment", []byte("home"))
		if name == "fremovexattr" {
			setAttr(t, filepath.Dir(path), defaultACL, acl(6, 6)) // which the new file inherits
		}
		cmd, out := process(t, failTask, path)
		cmd.Env = append(cmd.Env, failCall+"="+strconv.Itoa(call))
		err := cmd.Run()
		if strings.HasPrefix(out.String(), "seccomp: ") {
			t.Skip(out.String())
		}
		if err != nil || !strings.Contains(out.String(), "input/output error") {
			t.Errorf("File() where %s fails = %q, %v, want its error", name, out.String(), err)
		}
		checkFile(t, path, before)
	}
}

// TestSignals checks that a process that gets a signal while it writes leaves no
// file with secrets behind.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		path := newFile(t)
		created := awaitCreation(t, filepath.Dir(path))
		cmd, out := process(t, largeTask, path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-created
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("process after %v = %v, want an orderly end", s, err)
		}
		want := before
		if out.String() == "<nil>\n" {
			want = string(large)
		}
		if got, err := os.ReadFile(path); string(got) != want || err != nil {
			t.Errorf("after %v and the result %q the file has %d bytes, %v, want %d", s, out.String(), len(got), err, len(want))
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); len(entries) != 1 || err != nil {
			t.Errorf("entries after %v = %v, %v, want one file", s, entries, err)
		}
	}
}

// TestSignalAfterwards checks that signals have their usual effect after File.
func TestSignalAfterwards(t *testing.T) {
	t.Parallel()
	cmd, out := process(t, signalTask, newFile(t))
	_ = cmd.Run() // ProcessState says how it ended
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("process that sent itself SIGTERM = %v, output %q, want that it ended by it", cmd.ProcessState, out.String())
	}
}

// TestReadOnly checks that a file that its owner may not write is refused, although
// the directory permits replacing it.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	path := newFile(t)
	for _, err := range []error{os.Chown(path, nobody, nobody), os.Chmod(path, 0o400), os.Chmod(filepath.Dir(path), 0o777), os.Chmod(filepath.Dir(filepath.Dir(path)), 0o711)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd, out := process(t, nobodyTask, path)
	if err := cmd.Run(); err != nil || out.String() != "open "+path+": permission denied\n" {
		t.Errorf("File() of a read-only file = %q, %v, want that permission is denied", out.String(), err)
	}
	checkFile(t, path, before)
}

// TestClosesFiles checks that File leaves no file open.
func TestClosesFiles(t *testing.T) { // not parallel: it counts descriptors
	const changes = 100
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // collecting a file closes it
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	path := newFile(t)
	open := count()
	for range changes {
		if err := rewrite.File(t.Context(), path, []byte(before), []byte(before)); err != nil {
			t.Fatal(err)
		}
	}
	if got := count(); got > open+changes/2 {
		t.Errorf("open files after %d changes = %d, want about %d as before", changes, got, open)
	}
}

// awaitCreation returns a channel that is closed when a file is created in dir.
func awaitCreation(t *testing.T, dir string) <-chan struct{} {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE); err != nil {
		t.Fatal(err)
	}
	created := make(chan struct{})
	go func() {
		defer close(created)
		defer unix.Close(fd)
		_, _ = unix.Read(fd, make([]byte, 4096)) // blocks until there is an event
	}()
	return created
}
