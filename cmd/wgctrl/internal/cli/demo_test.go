package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// trigger is a buffer that calls do once it contains text.
type trigger struct {
	bytes.Buffer
	text string
	do   func()
}

func (t *trigger) Write(b []byte) (int, error) {
	n, err := t.Buffer.Write(b)
	if t.do != nil && strings.Contains(t.String(), t.text) {
		t.do()
	}
	return n, err
}

var socketsIn = regexp.MustCompile(`sockets in (\S+)`)

// checkGone checks that the directory named in the output was removed.
func checkGone(t *testing.T, output string) {
	t.Helper()
	m := socketsIn.FindStringSubmatch(output)
	if m == nil {
		return
	}
	if _, err := os.Stat(m[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat(%q) = %v, want %v", m[1], err, fs.ErrNotExist)
	}
}

// TestDemoCancelled cancels the demo in each of its steps. TestMain checks that no
// goroutine is left.
func TestDemoCancelled(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	steps := len(new(demo).steps())
	for i := 1; i < steps; i++ {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			out := &trigger{text: strconv.Itoa(i) + "/", do: cancel}
			err := runDemo(ctx, out)
			if err == nil || !strings.Contains(err.Error(), "interrupted") {
				t.Errorf("runDemo = %v, want an error with %q", err, "interrupted")
			}
			if strings.Contains(out.String(), strconv.Itoa(steps)+"/") {
				t.Errorf("runDemo cancelled in step %d prints\n%s\nwant no step %d", i, out.String(), steps)
			}
			checkGone(t, out.String())
		})
	}
}

func TestDemoTimeout(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Nanosecond, errDemoTimeout)
	defer cancel()
	var out bytes.Buffer
	if err := runDemo(ctx, &out); !errors.Is(err, errDemoTimeout) {
		t.Errorf("runDemo = %v, want %v", err, errDemoTimeout)
	}
	checkGone(t, out.String())
}

func TestDemoSucceeds(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	var out bytes.Buffer
	if err := runDemo(t.Context(), &out); err != nil {
		t.Fatalf("runDemo = %v, want no error; output:\n%s", err, out.String())
	}
	if lines := strings.Count(out.String(), "/7 "); lines != 7 {
		t.Errorf("runDemo prints %d steps, want 7:\n%s", lines, out.String())
	}
	checkGone(t, out.String())
}

// TestDemoNoticesHandshake checks that the demo fails if its change did not keep the
// session, or if a device reports no traffic.
func TestDemoNoticesHandshake(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var d demo
	defer d.close()
	for _, step := range []func(context.Context) (string, error){d.start, d.setKeys, d.setPeers} {
		if _, err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.readBack(ctx); err == nil || !strings.Contains(err.Error(), "no handshake") {
		t.Errorf("readBack before any packet = %v, want an error about the handshake", err)
	}
	if _, err := d.exchange(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := d.readBack(ctx); err != nil {
		t.Errorf("readBack = %v, want no error", err)
	}
	d.handshake = d.handshake.Add(-time.Second)
	if _, err := d.readBack(ctx); err == nil || !strings.Contains(err.Error(), "new handshake") {
		t.Errorf("readBack after another handshake = %v, want an error", err)
	}
}
