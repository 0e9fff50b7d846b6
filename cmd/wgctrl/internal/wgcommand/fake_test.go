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

// fakeDevice is a device that tells a state and takes down what it is told.
type fakeDevice struct {
	state string
	err   error // of everything

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

// requests returns what the device was told, as one text.
func (d *fakeDevice) requests() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.sets, "\n")
}

// world is what a command is run in.
type world struct {
	devices map[string]*fakeDevice
	order   []string // of the devices' names
	env     map[string]string
	stdin   string
	change  func(*wgcommand.Env) // nil, or what else is different
}

// result is what came of a command.
type result struct {
	out, err string
	code     int
}

// now is the time in every world.
var now = time.Unix(1800000000, 0)

// run runs the command called wg.
func (w world) run(t testing.TB, args ...string) result {
	t.Helper()
	var out, stderr bytes.Buffer
	env := wgcommand.Env{
		Program: "wg", In: strings.NewReader(w.stdin), Out: &out, Err: &stderr,
		LookupEnv: func(name string) (string, bool) {
			value, ok := w.env[name]
			return value, ok
		},
		Client: w.client,
		Now:    func() time.Time { return now },
	}
	if w.change != nil {
		w.change(&env)
	}
	code := wgcommand.Run(t.Context(), args, env)
	return result{out.String(), stderr.String(), code}
}

func (w world) client() (*wgctrl.Client, error) {
	opts := []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindInProcess)}
	for _, name := range w.order {
		opts = append(opts, wgctrl.WithDevice(name, w.devices[name]))
	}
	return wgctrl.New(opts...)
}

// newWorld returns a world with these devices, each name followed by a state.
func newWorld(namesAndStates ...string) world {
	w := world{devices: make(map[string]*fakeDevice)}
	for i := 0; i < len(namesAndStates); i += 2 {
		name := namesAndStates[i]
		w.devices[name] = &fakeDevice{state: namesAndStates[i+1]}
		w.order = append(w.order, name)
	}
	return w
}

// needTexts skips where the system's words for its errors are not Linux's.
func needTexts(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the texts of errors are Linux's")
	}
}
