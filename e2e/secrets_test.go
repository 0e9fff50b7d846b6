package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// secretConfig returns a Config with a secret in each field that can have one.
func secretConfig() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey(testutil.SecretBytes)),
		Peers:      []wgtypes.PeerConfig{{PublicKey: testutil.PeerA, PresharedKey: new(wgtypes.NewPresharedKey(testutil.SecretBytes))}},
	}
}

// indiscreet is an in-process device that has secrets and, if refuses is set,
// returns errors that contain the request.
type indiscreet struct{ refuses bool }

func (indiscreet) IpcGetOperation(w io.Writer) error {
	d := &wgtypes.Device{PrivateKey: wgtypes.NewPrivateKey(testutil.SecretBytes)}
	for i := range byte(3) {
		d.Peers = append(d.Peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{i}, PresharedKey: wgtypes.NewPresharedKey(testutil.SecretBytes)})
	}
	reply := uapi.AppendDevice(nil, d)
	_, err := w.Write(bytes.TrimSuffix(reply, uapi.AppendErrno(nil, 0)))
	return err
}

func (d indiscreet) IpcSetOperation(r io.Reader) error {
	request, err := io.ReadAll(r)
	if err == nil && d.refuses {
		return indiscretion(request)
	}
	return err
}

// indiscretion is an error like wireguard-go's, whose text repeats a line of the
// request.
type indiscretion string

func (e indiscretion) Error() string  { return string(e) }
func (indiscretion) ErrorCode() int64 { return -22 }

// TestNothingShowsSecrets prints, logs and marshals every exported type of
// package wgctrl. None of them shows the secrets that it holds.
func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	open := func(refuses bool) *wgctrl.Client {
		return newClient(t, wgctrl.WithDevice("wg0", indiscreet{refuses}), wgctrl.WithBackends(wgtypes.KindInProcess))
	}
	stream, err := open(false).StreamDevice(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for _, err := range stream.Peers() {
		if err != nil {
			t.Fatal(err)
		}
		break // the stream still holds the other peers
	}
	partial := wgctrl.PartialError{Applied: secretConfig(), Unknown: secretConfig(), NotSent: secretConfig(), Err: io.EOF}
	shown := map[string][]string{
		"Client":       testutil.ShowsSecret(open(false), false),
		"DeviceStream": testutil.ShowsSecret(stream, false),
		"Option":       testutil.ShowsSecret(wgctrl.WithDevice("wg0", indiscreet{}), false),
		"OpError":      testutil.ShowsSecret(wgctrl.OpError{Op: "configure", Device: "wg0", Err: &partial}, false),
		"PartialError": testutil.ShowsSecret(partial, false),
		"SyncOptions":  testutil.ShowsSecret(wgctrl.SyncOptions{}, false),
		"WatchOptions": testutil.ShowsSecret(wgctrl.WatchOptions{}, false),
		"LinkOptions":  testutil.ShowsSecret(wgctrl.LinkOptions{}, false),
		"Capabilities": testutil.ShowsSecret(wgctrl.Capabilities{}, false),
		"Progress":     testutil.ShowsSecret(wgctrl.Progress{}, false),
		"LinkChange":   testutil.ShowsSecret(wgctrl.LinkChange{}, false),
		"Link":         testutil.ShowsSecret(wgctrl.Link{}, false),
		// Callers wrap errors in these ways.
		"an error of the library": testutil.ShowsSecret(open(true).ConfigureDevice(t.Context(), "wg0", secretConfig()), false),
		"a joined error":          testutil.ShowsSecret(errors.Join(&partial, &wgctrl.OpError{Err: &partial}), false),
		"a wrapped error":         testutil.ShowsSecret(fmt.Errorf("so: %w", &wgctrl.OpError{Err: fmt.Errorf("then: %w", &partial)}), false),
	}
	for _, complaint := range testutil.SecretComplaints("..", shown) {
		t.Error(complaint)
	}
}

// TestErrorsAreLegible checks that errors that hide secrets show everything else.
func TestErrorsAreLegible(t *testing.T) {
	t.Parallel()
	err := &wgctrl.OpError{Op: "configure", Device: "wg0", Err: &wgctrl.PartialError{Unknown: secretConfig(), Err: io.EOF}}
	for _, v := range []any{err, *err, slog.AnyValue(err), []error{err}} {
		for handler, out := range testutil.Logged(v) {
			if n := strings.Count(strings.ReplaceAll(out, `\`, ""), `wgctrl: configure "wg0": EOF`); n != 3 {
				t.Errorf("%s prints the text of a %T %d times, want 3: %s", handler, v, n, out)
			}
		}
	}
	for _, zero := range []any{wgctrl.OpError{}, wgctrl.PartialError{}} {
		if text, err := json.Marshal(zero); err != nil || !strings.Contains(string(text), "nil") {
			t.Errorf("Marshal of a zero %T = %s, %v, want text with %q", zero, text, err, "nil")
		}
	}
}
