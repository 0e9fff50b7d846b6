package wginternal_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeDevice gives its peers and then one of ends for each reading, the last of
// them for ever.
type fakeDevice struct {
	wginternal.Device
	peers        []wgtypes.Peer
	ends         []error
	read         error // what Read itself returns
	onEnd        func()
	opens, close int
}

func (f *fakeDevice) Read(context.Context) (wginternal.Reader, error) {
	if f.read != nil {
		return nil, f.read
	}
	end := f.ends[min(f.opens, len(f.ends)-1)]
	f.opens++
	return &fakeReader{f: f, left: f.peers, end: end}, nil
}

type fakeReader struct {
	f    *fakeDevice
	left []wgtypes.Peer
	end  error
}

func (r *fakeReader) Device() *wgtypes.Device { return &wgtypes.Device{Name: "wg0"} }

func (r *fakeReader) Next(p *wgtypes.Peer) error {
	if len(r.left) == 0 {
		if r.f.onEnd != nil {
			r.f.onEnd()
		}
		return r.end
	}
	*p = r.left[0]
	r.left = r.left[1:]
	return nil
}

func (r *fakeReader) Close() error {
	r.f.close++
	return nil
}

func TestReadDevice(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	interrupted := wginternal.Tag(wginternal.ErrInterrupted, errors.New("dump"))
	tests := map[string]struct {
		ends     []error
		readings int
		want     error // nil for the device
	}{
		"at once":                 {[]error{io.EOF}, 1, nil},
		"again":                   {[]error{interrupted, interrupted, io.EOF}, 3, nil},
		"a failure":               {[]error{failure}, 1, failure},
		"a failure the next time": {[]error{interrupted, failure}, 2, failure},
		"always":                  {[]error{interrupted}, 16, wginternal.ErrInterrupted},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeDevice{peers: []wgtypes.Peer{peer(keyA, "10.0.0.0/8"), peer(keyB)}, ends: tt.ends}
			got, err := wginternal.ReadDevice(t.Context(), f)
			if !errors.Is(err, tt.want) {
				t.Fatalf("the error is %v, want %v", err, tt.want)
			}
			want := device(f.peers...)
			if tt.want != nil {
				want = nil
			}
			if diff := cmp.Diff(want, got, values); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if f.opens != tt.readings || f.close != f.opens {
				t.Errorf("%d readings, of which %d were closed, want %d", f.opens, f.close, tt.readings)
			}
		})
	}
}

func TestReadDeviceEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := &fakeDevice{ends: []error{wginternal.ErrInterrupted}, onEnd: cancel}
	if _, err := wginternal.ReadDevice(ctx, f); !errors.Is(err, wginternal.ErrInterrupted) || f.opens != 1 {
		t.Errorf("after %d readings: %v", f.opens, err)
	}
	failure := errors.New("failure")
	if _, err := wginternal.ReadDevice(t.Context(), &fakeDevice{read: failure}); !errors.Is(err, failure) {
		t.Errorf("the error of Read is lost: %v", err)
	}
}
