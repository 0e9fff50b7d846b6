package wgprom

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errShadowed is the error of a second device with the same name. Its labels would
// be those of the first, so that only the first is read.
var errShadowed = errors.New("another device with the same name is read instead")

// scrape is the state of one Collect.
type scrape struct {
	*Collector
	sink sink
	// room is how many more peers may have series in this scrape.
	room int

	mu     sync.Mutex
	failed map[place]error
}

// place is a device, or, without a name, the listing of devices of its kind.
type place struct {
	device string // as a label
	kind   wgtypes.Kind
}

func placeOf(ref wgtypes.DeviceRef) place { return place{valid(ref.Name), ref.Kind} }

func (p place) labels() (device, kind *dto.LabelPair) {
	return labelled("device", p.device), labelled("kind", p.kind.String())
}

func (s *scrape) run(ctx context.Context) {
	s.failed = make(map[place]error)
	refs, err := s.client.List(ctx)
	s.failSearch(err)

	slices.SortStableFunc(refs, func(a, b wgtypes.DeviceRef) int { return strings.Compare(a.Name, b.Name) })
	var reads sync.WaitGroup
	devices := make([]*wgtypes.Device, len(refs)) // nil if not read
	names, places := make(map[string]bool), make(map[place]bool)
	for i, ref := range refs {
		p := placeOf(ref)
		device, kind := p.labels()
		if names[p.device] {
			s.fail(p, errShadowed)
			if !places[p] {
				s.send(deviceUp, 0, device, kind)
			}
		} else {
			// A device that hangs must not delay the others.
			reads.Go(func() { devices[i] = s.read(ctx, ref, device, kind) })
		}
		names[p.device], places[p] = true, true
	}
	reads.Wait()
	for i, d := range devices {
		if d != nil {
			s.sendDevice(labelled("device", refs[i].Name), d)
		}
	}

	for p, err := range s.failed {
		device, kind := p.labels()
		s.send(scrapeError, 1, device, kind, labelled("reason", reason(err)))
	}
	s.send(scrapeSuccess, float(len(s.failed) == 0))
	if !errors.Is(ctx.Err(), context.Canceled) { // nobody waits for the answer
		s.failures.note(s.failed)
	}
}

// read reads a device and sends whether that worked. It returns nil after an error.
func (s *scrape) read(ctx context.Context, ref wgtypes.DeviceRef, device, kind *dto.LabelPair) *wgtypes.Device {
	start := time.Now()
	d, err := s.client.Read(ctx, ref)
	s.send(deviceDuration, time.Since(start).Seconds(), device, kind)
	s.send(deviceUp, float(err == nil), device, kind)
	if err != nil {
		s.fail(placeOf(ref), err)
		return nil
	}
	return d
}

func (s *scrape) send(m metric, value float64, labels ...*dto.LabelPair) {
	s.sink.add(m, labels, value)
}

func (s *scrape) fail(p place, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed[p] == nil {
		s.failed[p] = err
	}
}

// failSearch reports the errors that List joined: one for each backend.
func (s *scrape) failSearch(err error) {
	var op *wgctrl.OpError
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
	case ok:
		for _, e := range joined.Unwrap() {
			s.failSearch(e)
		}
	case errors.As(err, &op):
		s.fail(place{kind: op.Kind}, err)
	default:
		s.fail(place{}, err)
	}
}

// reasons are the values of the label reason, in the order in which errors are
// compared with them. All other errors have reasonOther, so that the number of
// series is limited.
var reasons = []struct {
	err  error
	name string
}{
	{errShadowed, "shadowed"},                 // a device of the same name, of a kind asked first, is read instead
	{context.DeadlineExceeded, "timeout"},     // no answer, as of a daemon that hangs
	{os.ErrDeadlineExceeded, "timeout"},       // the same, if the Client's reply timeout ends first
	{context.Canceled, "canceled"},            // the scrape's client is gone
	{fs.ErrPermission, "permission"},          // a privilege, or access to the socket, is missing
	{fs.ErrNotExist, "disappeared"},           // it was found, and was gone when it was read
	{wgctrl.ErrInterrupted, "interrupted"},    // it changed each time while it was read
	{wgctrl.ErrNotWireGuard, "not_wireguard"}, // another interface has the name now
	{errors.ErrUnsupported, "unsupported"},    // the system cannot do it
	{uapi.ErrProtocol, "protocol"},            // a daemon answers something else
	{net.ErrClosed, "closed"},                 // the Client was closed
}

const reasonOther = "other"

func reason(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.name
		}
	}
	return reasonOther
}

// failureLog logs when something starts to fail and when it works again.
type failureLog struct {
	logger *slog.Logger

	mu    sync.Mutex
	known map[place]string // with their reasons
}

func newFailureLog(l *slog.Logger) *failureLog { return &failureLog{logger: l} }

// note logs the differences between the failures of a scrape and the previous ones.
func (l *failureLog) note(failed map[place]error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := make(map[place]string, len(failed))
	for p, err := range failed {
		now[p] = reason(err)
		if l.known[p] != now[p] {
			l.logger.Warn("cannot read", append(p.attrs(), "reason", now[p], "error", err)...)
		}
	}
	for p := range l.known {
		if failed[p] == nil {
			l.logger.Info("no longer fails", p.attrs()...)
		}
	}
	l.known = now
}

func (p place) attrs() []any {
	if p.device == "" {
		return []any{"list", p.kind.String()}
	}
	return []any{"device", p.device, "kind", p.kind.String()}
}
