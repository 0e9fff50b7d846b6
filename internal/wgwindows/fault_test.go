package wgwindows_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
)

// The codes of the requests, CTL_CODE(45208, 321, 2, 3) and CTL_CODE(45208, 322, 1, 3).
const (
	get = 0xb098c506
	set = 0xb098c509
)

// faulty is a System that a test can disturb. Its functions may be nil. It records every
// buffer that it gets.
type faulty struct {
	wgwindows.System
	// adapters changes the list of the n-th listing, which counts from 1.
	adapters func(n int, list []wgwindows.Adapter) ([]wgwindows.Adapter, error)
	// open returns an error for the n-th opening.
	open func(n int) error
	// control handles the n-th request. next passes it to the driver.
	control func(n int, code uint32, buf []byte, next func() (uint32, error)) (uint32, error)

	mu                         sync.Mutex
	listings, openings, number int
	openHandles                int
	buffers                    [][]byte
	codes                      []uint32
}

// newFaulty returns a machine with the adapter wg0 of a new driver.
func newFaulty() (*faulty, *kerneltest.Windows) {
	k := kerneltest.NewWindows()
	k.AddAdapter("wg0", "1.0", true)
	return &faulty{System: k}, k
}

// backend returns a Backend of the machine with the network interface 901, "Ethernet".
func (f *faulty) backend(t *testing.T) *wgwindows.Backend {
	b := wgwindows.NewWith(wgwindows.Config{System: f, Interfaces: func() ([]wginternal.Interface, error) {
		return []wginternal.Interface{{Index: 901, Name: "Ethernet"}, {Index: 902, Name: "17"}}, nil
	}})
	t.Cleanup(func() {
		b.Close()
		if f.openHandles != 0 {
			t.Errorf("%d handles are open after the test, want 0", f.openHandles)
		}
	})
	return b
}

func (f *faulty) Adapters() ([]wgwindows.Adapter, error) {
	list, err := f.System.Adapters()
	f.mu.Lock()
	f.listings++
	n := f.listings
	f.mu.Unlock()
	if f.adapters != nil && err == nil {
		return f.adapters(n, list)
	}
	return list, err
}

func (f *faulty) Open(path string) (wgwindows.Handle, error) {
	f.mu.Lock()
	f.openings++
	n := f.openings
	f.mu.Unlock()
	if f.open != nil {
		if err := f.open(n); err != nil {
			return nil, err
		}
	}
	h, err := f.System.Open(path)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.openHandles++
	f.mu.Unlock()
	return &faultyHandle{h, f}, nil
}

type faultyHandle struct {
	wgwindows.Handle
	f *faulty
}

func (h *faultyHandle) Control(code uint32, buf []byte) (uint32, error) {
	f := h.f
	f.mu.Lock()
	f.number++
	n := f.number
	f.buffers = append(f.buffers, buf[:cap(buf)])
	f.codes = append(f.codes, code)
	f.mu.Unlock()
	next := func() (uint32, error) { return h.Handle.Control(code, buf) }
	if f.control == nil {
		return next()
	}
	return f.control(n, code, buf, next)
}

func (h *faultyHandle) Close() error {
	h.f.mu.Lock()
	h.f.openHandles--
	h.f.mu.Unlock()
	return h.Handle.Close()
}

// dirty returns the number of buffers that are not zero.
func (f *faulty) dirty() (n int) {
	for _, b := range f.buffers {
		if slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) {
			n++
		}
	}
	return n
}
