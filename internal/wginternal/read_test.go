package wginternal_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeDevice returns its peers at each reading, and then the next error of
// ends; the last error repeats.
type fakeDevice struct {
	wginternal.Device
	peers        []wgtypes.Peer
	ends         []error
	read         error // returned by Read
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

func (r *fakeReader) Rest(progress wginternal.Progress) ([]wgtypes.Peer, error) {
	return wginternal.Collect(r.Next, progress)
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
			got, err := wginternal.ReadDevice(t.Context(), f, nil)
			if !errors.Is(err, tt.want) {
				t.Fatalf("ReadDevice() error = %v, want %v", err, tt.want)
			}
			want := device(f.peers...)
			if tt.want != nil {
				want = nil
			}
			if diff := cmp.Diff(want, got, values); diff != "" {
				t.Errorf("ReadDevice() (-want +got):\n%s", diff)
			}
			if f.opens != tt.readings || f.close != f.opens {
				t.Errorf("ReadDevice() opened %d and closed %d readers, want %d", f.opens, f.close, tt.readings)
			}
		})
	}
}

func TestReadDeviceEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := &fakeDevice{ends: []error{wginternal.ErrInterrupted}, onEnd: cancel}
	if _, err := wginternal.ReadDevice(ctx, f, nil); !errors.Is(err, wginternal.ErrInterrupted) || f.opens != 1 {
		t.Errorf("ReadDevice() = %v after %d readings, want %v after 1", err, f.opens, wginternal.ErrInterrupted)
	}
	failure := errors.New("failure")
	if _, err := wginternal.ReadDevice(t.Context(), &fakeDevice{read: failure}, nil); !errors.Is(err, failure) {
		t.Errorf("ReadDevice() = %v, want %v", err, failure)
	}
}

// TestReadDeviceProgress checks that progress is called after each peer, without
// a total, and again from 1 when a reading was interrupted.
func TestReadDeviceProgress(t *testing.T) {
	t.Parallel()
	f := &fakeDevice{peers: []wgtypes.Peer{peer(keyA), peer(keyB)}, ends: []error{wginternal.ErrInterrupted, io.EOF}}
	var got [][2]int
	progress := func(done, all int) { got = append(got, [2]int{done, all}) }
	if _, err := wginternal.ReadDevice(t.Context(), f, progress); err != nil {
		t.Fatalf("ReadDevice() error = %v, want none", err)
	}
	if want := [][2]int{{1, 0}, {2, 0}, {1, 0}, {2, 0}}; !slices.Equal(got, want) {
		t.Errorf("progress = %v, want %v", got, want)
	}
}
