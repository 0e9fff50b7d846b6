package uapi_test

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestNothingShowsSecrets prints, logs and marshals every exported type of the
// package. None may show a secret.
func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	secret := wgtypes.Peer{PresharedKey: wgtypes.NewPresharedKey(testutil.SecretBytes)}
	reply := uapi.AppendDevice(nil, &wgtypes.Device{PrivateKey: wgtypes.NewPrivateKey(testutil.SecretBytes), Peers: []wgtypes.Peer{secret, secret, secret}})
	decoder := uapi.NewDecoder(bytes.NewReader(reply), time.Now())
	if err := decoder.Next(new(wgtypes.Peer)); err != nil { // the rest of the reply is in its buffer
		t.Fatal(err)
	}
	_, refused := uapi.ParseSet(bytes.NewReader(append([]byte("set=1\n"), reply...)))
	if refused == nil {
		t.Fatalf("ParseSet of a reply = %v, want %v", refused, uapi.ErrProtocol)
	}
	shown := map[string][]string{
		"Decoder":     testutil.ShowsSecret(decoder, false),
		"DeviceError": testutil.ShowsSecret(&uapi.DeviceError{Errno: syscall.EINVAL}, false),
		"an error":    testutil.ShowsSecret(refused, false),
		"Device":      nil, // an interface
		"Errno":       nil, // a number
	}
	for _, complaint := range testutil.SecretComplaints(".", shown) {
		t.Errorf("SecretComplaints: %s, want none", complaint)
	}
}
