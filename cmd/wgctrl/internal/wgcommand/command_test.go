package wgcommand

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wgctrl/wgctrl"
)

// keeper is a reader and writer that keeps the buffers of its caller.
type keeper struct {
	io.Reader
	buffers [][]byte
}

func (k *keeper) Read(b []byte) (int, error) {
	k.buffers = append(k.buffers, b)
	return k.Reader.Read(b)
}

func (k *keeper) Write(b []byte) (int, error) {
	k.buffers = append(k.buffers, b)
	return len(b), nil
}

// mustBeWiped checks that no buffer has text.
func (k *keeper) mustBeWiped(t *testing.T, what, text string) {
	t.Helper()
	if len(k.buffers) == 0 {
		t.Errorf("%s used no buffer, want one", what)
	}
	for _, b := range k.buffers {
		if bytes.Contains(b[:cap(b)], []byte(text)) {
			t.Errorf("a buffer of %s still has %q", what, text)
		}
	}
}

const secretText = "QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEA="

// TestOutputIsWiped checks that the output buffer of a command is cleared at its
// end.
func TestOutputIsWiped(t *testing.T) {
	t.Parallel()
	out := new(keeper)
	if code := Run(t.Context(), []string{"genkey"}, Env{Out: out, Err: io.Discard}); code != exitOK {
		t.Fatalf("genkey = %d, want %d", code, exitOK)
	}
	out.mustBeWiped(t, "genkey", "=\n")
	out = new(keeper)
	client := func() (*wgctrl.Client, error) {
		return wgctrl.New(wgctrl.WithDevice("wg0", secretDevice{}))
	}
	if code := Run(t.Context(), []string{"showconf", "wg0"}, Env{Out: out, Err: io.Discard, Client: client}); code != exitOK {
		t.Fatalf("showconf = %d, want %d", code, exitOK)
	}
	out.mustBeWiped(t, "showconf", secretText)
}

// secretDevice is a device with a private key.
type secretDevice struct{}

func (secretDevice) IpcGetOperation(w io.Writer) error {
	_, err := io.WriteString(w, "private_key="+strings.Repeat("40", 32)+"\n")
	return err
}

func (secretDevice) IpcSetOperation(io.Reader) error { return nil }

// TestKeyReadError checks the message if a key file cannot be read to its end.
func TestKeyReadError(t *testing.T) {
	t.Parallel()
	in := io.MultiReader(strings.NewReader(secretText+"\n"), iotest.ErrReader(errors.New("broken")))
	if _, err := readKey(in, true); err == nil || err.Error() != "getc: broken" {
		t.Errorf("readKey() = %v, want %q", err, "getc: broken")
	}
}

// TestClientIsClosed checks that a command closes its Client.
func TestClientIsClosed(t *testing.T) {
	t.Parallel()
	client, err := wgctrl.New(wgctrl.WithDevice("wg0", secretDevice{}))
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Out: io.Discard, Err: io.Discard, Client: func() (*wgctrl.Client, error) { return client, nil }}
	if code := Run(t.Context(), []string{"show", "wg0"}, env); code != exitOK {
		t.Errorf("show wg0 = %d, want %d", code, exitOK)
	}
	if _, err := client.Device(t.Context(), "wg0"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Device() after the command = %v, want %v", err, net.ErrClosed)
	}
}

// TestInputIsWiped checks that the texts of keys that were read are cleared, valid
// or not, and that no further buffer holds them.
func TestInputIsWiped(t *testing.T) {
	t.Parallel()
	for _, rest := range []string{"", "\n", "x"} {
		in := &keeper{Reader: strings.NewReader(secretText + rest)}
		Run(t.Context(), []string{"pubkey"}, Env{In: in, Out: io.Discard, Err: io.Discard})
		in.mustBeWiped(t, "pubkey", secretText)
		in = &keeper{Reader: strings.NewReader(secretText + rest)}
		_, _ = readKey(in, false) // some of the texts are invalid
		in.mustBeWiped(t, "readKey", secretText)
	}
}
