package wgcommand_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeDevice is a device that reports a fixed state and records the requests.
type fakeDevice struct {
	state string
	err   error // of every operation

	mu   sync.Mutex
	sets []string
}

func (d *fakeDevice) IpcGetOperation(w io.Writer) error {
	if d.err != nil {
		return d.err
	}
	_, err := io.WriteString(w, d.state)
	return err
}

func (d *fakeDevice) IpcSetOperation(r io.Reader) error {
	request, err := io.ReadAll(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sets = append(d.sets, strings.TrimSuffix(string(request), "\n"))
	if d.err != nil {
		return d.err
	}
	return err
}

// requests returns the recorded requests as one text.
func (d *fakeDevice) requests() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.sets, "\n")
}

// machine is the environment that a command runs in.
type machine struct {
	devices map[string]*fakeDevice
	order   []string // of the devices, by name
	env     map[string]string
	stdin   string
	change  func(*wgcommand.Env) // nil, or changes the environment further
}

// result is the output, the messages and the exit code of a command.
type result struct {
	out, err string
	code     int
}

// now is the time on every machine.
var now = time.Unix(1800000000, 0)

// run runs the command under the name wg.
func (m machine) run(t testing.TB, args ...string) result {
	t.Helper()
	var out, stderr bytes.Buffer
	env := wgcommand.Env{
		Program: "wg", In: strings.NewReader(m.stdin), Out: &out, Err: &stderr,
		LookupEnv: func(name string) (string, bool) {
			value, ok := m.env[name]
			return value, ok
		},
		Client: m.client,
		Now:    func() time.Time { return now },
	}
	if m.change != nil {
		m.change(&env)
	}
	code := wgcommand.Run(t.Context(), args, env)
	return result{out.String(), stderr.String(), code}
}

func (m machine) client() (*wgctrl.Client, error) {
	opts := []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindInProcess)}
	for _, name := range m.order {
		opts = append(opts, wgctrl.WithDevice(name, m.devices[name]))
	}
	return wgctrl.New(opts...)
}

// newMachine returns a machine with devices. Each name is followed by a state.
func newMachine(namesAndStates ...string) machine {
	m := machine{devices: make(map[string]*fakeDevice)}
	for i := 0; i < len(namesAndStates); i += 2 {
		name := namesAndStates[i]
		m.devices[name] = &fakeDevice{state: namesAndStates[i+1]}
		m.order = append(m.order, name)
	}
	return m
}

// needLinuxMessages skips the test on systems whose error messages are not Linux's.
func needLinuxMessages(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs the error messages of Linux")
	}
}
