package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// TestMain lets the test binary act as the command.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_WGCTRL_EXPORTER") == "1" {
		main()
	}
	os.Exit(m.Run())
}

// process is a running command.
type process struct {
	*exec.Cmd
	address string
	lines   *bufio.Scanner // its standard error
}

// command returns the command with a free port.
func command(t *testing.T, self string, args ...string) *exec.Cmd {
	args = append(args, "--web.listen-address=127.0.0.1:0", "--socket-dir", t.TempDir(), "--log.format=json")
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), "TEST_WGCTRL_EXPORTER=1")
	return cmd
}

func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	messages, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: cmd, lines: bufio.NewScanner(messages)}
	for p.address == "" && p.lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(p.lines.Bytes(), &line) == nil && line.Msg == "Listening on" {
			p.address = line.Address
		}
	}
	return p
}

// end sends SIGTERM and checks that the command exits with 0.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for p.lines.Scan() { // until the process ends
		t.Log(p.lines.Text())
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

// TestSignal checks that the command serves metrics and exits with 0 on SIGTERM.
func TestSignal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, command(t, self, "--backend=userspace"))
	response, err := http.Get("http://" + p.address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("GET /metrics has status %d, want 200", response.StatusCode)
	}
	p.end(t)
}
