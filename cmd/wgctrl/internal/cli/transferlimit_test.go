package cli

import (
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestTransferLimit checks which transfers are printed and with which bytes.
func TestTransferLimit(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	wg0, key := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: 7}, wgtypes.PublicKey{1}
	renamed := wgtypes.DeviceRef{Name: "wg1", Kind: wgtypes.KindKernel, Index: 7}
	transfer := func(second float64, device wgtypes.DeviceRef, before, after uint64) wgtypes.Event {
		return wgtypes.Event{
			Kind: wgtypes.EventTransfer, Device: device, Time: began.Add(time.Duration(second * float64(time.Second))),
			Changed: []wgtypes.Field{wgtypes.FieldReceiveBytes},
			OldPeer: &wgtypes.Peer{PublicKey: key, ReceiveBytes: before}, NewPeer: &wgtypes.Peer{PublicKey: key, ReceiveBytes: after},
		}
	}
	gone := wgtypes.Event{Kind: wgtypes.EventPeerRemoved, Device: wg0, OldPeer: &wgtypes.Peer{PublicKey: key}}
	noDevice := wgtypes.Event{Kind: wgtypes.EventDeviceRemoved, Device: wg0}
	for _, test := range []struct {
		name     string
		interval time.Duration
		events   []wgtypes.Event
		want     []uint64 // bytes of the transfers that are printed
	}{
		{"each reading", 0, []wgtypes.Event{transfer(0, wg0, 0, 1), transfer(1, wg0, 1, 3)}, []uint64{1, 2}},
		{"merged", 10 * time.Second, []wgtypes.Event{transfer(0, wg0, 0, 1), transfer(5, wg0, 1, 3), transfer(10, wg0, 3, 7)}, []uint64{1, 6}},
		{"early reading", 10 * time.Second, []wgtypes.Event{transfer(0, wg0, 0, 1), transfer(9.9, wg0, 1, 3)}, []uint64{1, 2}},
		{"shorter than a reading", time.Second, []wgtypes.Event{transfer(0, wg0, 0, 1), transfer(0.1, wg0, 1, 3)}, []uint64{1, 2}},
		{"renamed", 10 * time.Second, []wgtypes.Event{transfer(0, wg0, 0, 1), transfer(5, renamed, 1, 3), transfer(15, renamed, 3, 4)}, []uint64{1, 3}},
		{"peer removed", 10 * time.Second, []wgtypes.Event{transfer(0, wg0, 0, 9), gone, transfer(5, wg0, 0, 3)}, []uint64{9, 3}},
		{"device removed", 10 * time.Second, []wgtypes.Event{transfer(0, wg0, 0, 9), noDevice, transfer(5, wg0, 0, 3)}, []uint64{9, 3}},
		{"clock set back", 10 * time.Second, []wgtypes.Event{transfer(0, wg0, 0, 1), transfer(-5, wg0, 1, 3)}, []uint64{1, 2}},
	} {
		limit := newTransferLimit(test.interval, 5*time.Second)
		var got []uint64
		for _, e := range test.events {
			e, whole := limit.apply(e)
			if whole && e.Kind == wgtypes.EventTransfer {
				got = append(got, e.NewPeer.ReceiveBytes-e.OldPeer.ReceiveBytes)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: bytes %v, want %v", test.name, got, test.want)
		}
	}
}

// TestTransferLimitChanged checks that a merged transfer names every counter that
// changed.
func TestTransferLimitChanged(t *testing.T) {
	t.Parallel()
	limit := newTransferLimit(time.Minute, time.Second)
	event := func(after time.Duration, old, now wgtypes.Peer, changed wgtypes.Field) wgtypes.Event {
		return wgtypes.Event{Kind: wgtypes.EventTransfer, Time: time.Unix(0, 0).Add(after), OldPeer: &old, NewPeer: &now, Changed: []wgtypes.Field{changed}}
	}
	limit.apply(event(0, wgtypes.Peer{}, wgtypes.Peer{ReceiveBytes: 1}, wgtypes.FieldReceiveBytes))
	limit.apply(event(time.Second, wgtypes.Peer{ReceiveBytes: 1}, wgtypes.Peer{ReceiveBytes: 2}, wgtypes.FieldReceiveBytes))
	e, whole := limit.apply(event(time.Minute, wgtypes.Peer{ReceiveBytes: 2}, wgtypes.Peer{ReceiveBytes: 2, TransmitBytes: 3}, wgtypes.FieldTransmitBytes))
	want := []wgtypes.Field{wgtypes.FieldReceiveBytes, wgtypes.FieldTransmitBytes}
	if !whole || !slices.Equal(e.Changed, want) || e.OldPeer.ReceiveBytes != 1 {
		t.Errorf("apply = %t, Changed %v, old receive bytes %d, want true, %v, 1", whole, e.Changed, e.OldPeer.ReceiveBytes, want)
	}
}
