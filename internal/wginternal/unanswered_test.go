package wginternal_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// reading is what a reading of a peer shows. The times are seconds since the first one.
type reading struct {
	at             int
	received, sent uint64
	handshake      int
}

// device returns the device d with the peer p as the reading shows it.
func (r reading) device(d wgtypes.Device, p wgtypes.Peer) *wgtypes.Device {
	p.ReceiveBytes, p.TransmitBytes, p.LastHandshake = r.received, r.sent, second(r.handshake)
	d.Peers = []wgtypes.Peer{p}
	return &d
}

// remote is a peer that can be sent to.
var remote = wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("192.0.2.1:7")}

func second(n int) time.Time { return time.Unix(1_700_000_000+int64(n), 0) }

// unanswered returns the times of the readings after which the peer does not answer.
func unanswered(d wgtypes.Device, p wgtypes.Peer, readings []reading) (at []int) {
	var u wginternal.Unanswered
	for i, r := range readings[1:] {
		before := readings[i]
		next := r.device(d, p)
		for e := range wginternal.Changes(before.device(d, p), next, second(before.at), second(r.at)) {
			if u.Apply(&e, next, second(before.at), second(r.at)) {
				at = append(at, r.at)
			}
		}
	}
	return at
}

// The readings below were recorded from two devices of wireguard-go.
var (
	// The peer has a persistent keepalive, and nothing else is sent.
	idle25 = []reading{
		{0, 188, 276, 0}, {5, 188, 276, 0}, {10, 188, 276, 0}, {15, 188, 276, 0}, {20, 188, 276, 0},
		{25, 188, 308, 0}, {30, 188, 308, 0}, {35, 188, 308, 0}, {40, 188, 308, 0}, {45, 188, 308, 0},
		{50, 188, 340, 0}, {55, 188, 340, 0}, {60, 188, 340, 0}, {65, 188, 340, 0}, {70, 188, 340, 0},
		{75, 188, 372, 0}, {80, 188, 372, 0}, {85, 188, 372, 0}, {91, 188, 372, 0}, {96, 188, 372, 0},
		{101, 188, 404, 0}, {106, 188, 404, 0}, {111, 188, 404, 0}, {116, 188, 404, 0}, {121, 188, 404, 0},
		{126, 280, 616, 126}, {131, 280, 616, 126}, {136, 280, 616, 126}, {141, 280, 616, 126},
		{146, 280, 616, 126}, {151, 280, 648, 126}, {156, 280, 648, 126}, {161, 280, 648, 126},
	}
	idle1 = []reading{
		{0, 188, 276, 0}, {5, 188, 404, 0}, {10, 188, 596, 0}, {15, 188, 756, 0}, {20, 188, 884, 0},
		{25, 188, 1044, 0}, {30, 188, 1204, 0}, {35, 188, 1396, 0}, {40, 188, 1556, 0}, {45, 188, 1716, 0},
		{50, 188, 1844, 0}, {55, 188, 2004, 0}, {60, 188, 2196, 0}, {65, 188, 2356, 0}, {70, 188, 2484, 0},
		{75, 188, 2676, 0}, {80, 188, 2836, 0}, {85, 188, 2996, 0}, {90, 188, 3156, 0}, {95, 188, 3316, 0},
		{100, 188, 3476, 0}, {105, 188, 3636, 0}, {110, 188, 3796, 0}, {115, 188, 3956, 0},
		{120, 280, 4296, 120}, {125, 280, 4456, 120}, {131, 280, 4616, 120}, {136, 280, 4776, 120},
	}
	// The peer gets a packet each second, and answers only with keepalives.
	oneWay = []reading{
		{0, 188, 244, 0}, {5, 188, 804, 0}, {10, 220, 1364, 0}, {15, 220, 1924, 0}, {20, 252, 2484, 0},
		{25, 252, 3044, 0}, {30, 284, 3604, 0}, {35, 284, 4164, 0}, {40, 316, 4724, 0}, {45, 316, 5284, 0},
		{50, 348, 5844, 0}, {55, 348, 6404, 0}, {60, 380, 6964, 0}, {65, 380, 7524, 0}, {70, 412, 8084, 0},
		{75, 412, 8644, 0}, {80, 444, 9204, 0}, {85, 444, 9764, 0}, {91, 476, 10324, 0}, {96, 476, 10884, 0},
		{101, 508, 11444, 0}, {106, 508, 12004, 0}, {111, 540, 12564, 0}, {116, 540, 13124, 0},
		{121, 572, 13684, 0}, {126, 664, 14424, 121}, {131, 696, 14984, 121}, {136, 696, 15544, 121},
	}
	// The device of the peer was closed after 11 seconds. The device sends keepalives
	// until the session is 2 minutes old, and then initiations.
	closed25 = []reading{
		{0, 188, 276, 0}, {5, 188, 276, 0}, {10, 188, 276, 0}, {15, 188, 276, 0}, {20, 188, 276, 0},
		{25, 188, 308, 0}, {30, 188, 308, 0}, {35, 188, 308, 0}, {40, 188, 308, 0}, {45, 188, 308, 0},
		{50, 188, 340, 0}, {55, 188, 340, 0}, {60, 188, 340, 0}, {65, 188, 340, 0}, {70, 188, 340, 0},
		{75, 188, 372, 0}, {80, 188, 372, 0}, {85, 188, 372, 0}, {91, 188, 372, 0}, {96, 188, 372, 0},
		{101, 188, 404, 0}, {106, 188, 404, 0}, {111, 188, 404, 0}, {116, 188, 404, 0}, {121, 188, 404, 0},
		{126, 188, 584, 0}, {131, 188, 732, 0}, {136, 188, 880, 0}, {141, 188, 1028, 0}, {146, 188, 1028, 0},
		{151, 188, 1176, 0}, {156, 188, 1324, 0}, {161, 188, 1472, 0}, {166, 188, 1620, 0},
	}
	// The same with one packet of 29 bytes after 12 seconds, and without keepalives.
	closedPacket = []reading{
		{0, 188, 244, 0}, {5, 188, 244, 0}, {10, 188, 276, 0}, {15, 188, 340, 0}, {20, 188, 340, 0},
		{25, 188, 340, 0}, {30, 188, 488, 0}, {35, 188, 636, 0}, {40, 188, 784, 0}, {45, 188, 932, 0},
	}
	// The same with a packet each second.
	closedTraffic = []reading{
		{0, 188, 244, 0}, {5, 188, 804, 0}, {10, 220, 1364, 0}, {15, 220, 1924, 0}, {20, 220, 2484, 0},
		{25, 220, 3044, 0}, {30, 220, 3752, 0}, {35, 220, 4460, 0}, {40, 220, 5168, 0}, {45, 220, 5876, 0},
	}
)

// after returns readings every 5 seconds, each with n more bytes sent.
func after(readings []reading, sent ...uint64) []reading {
	last := readings[len(readings)-1]
	readings = slices.Clone(readings)
	for _, n := range sent {
		last.at, last.sent = last.at+5, last.sent+n
		readings = append(readings, last)
	}
	return readings
}

// answered returns readings with one more, 5 seconds later, that finds received bytes or
// a new handshake.
func answered(readings []reading, received uint64, handshake bool) []reading {
	last := readings[len(readings)-1]
	last.at, last.received = last.at+5, last.received+received
	if handshake {
		last.handshake = last.at
	}
	return append(slices.Clone(readings), last)
}

// TestUnanswered checks when a peer is reported that does not answer.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	never := []reading{{}}
	data := after(never, 80, 0, 0, 148, 148) // the first packet at 5 s
	for name, test := range map[string]struct {
		readings  []reading
		keepalive time.Duration
		want      []int
	}{
		"recorded: no traffic, keepalive 25": {idle25, 25 * time.Second, nil},
		"recorded: no traffic, keepalive 1":  {idle1, time.Second, nil},
		"recorded: traffic in one direction": {oneWay, 0, nil},
		"recorded: closed, keepalive":        {closed25, 25 * time.Second, []int{151}},
		"recorded: closed, one packet":       {closedPacket, 0, []int{35}},
		"recorded: closed, traffic":          {closedTraffic, 0, []int{35}},

		"never reached":             {after(never, 148, 148, 148, 148, 148, 148), 0, []int{25}},
		"data, then initiations":    {data, 0, []int{25}},
		"data, then nothing":        {after(never, 80, 0, 0, 0, 0, 0, 0), 0, nil},
		"data again after a minute": {after(never, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80), 0, []int{65}},
		"keepalives are not data":   {after(data[:4], 32, 32, 32, 32, 32, 32), 5 * time.Second, nil},
		"two keepalives of 5 s":     {after(never, 64, 64, 64, 64, 64, 64), 5 * time.Second, nil},
		"more than keepalives":      {after(never, 64, 64, 64, 64, 64, 64), 25 * time.Second, []int{25}},
		"without keepalives":        {after(never, 64, 64, 64, 64, 64, 64), 0, []int{25}},
		"keepalive and initiation":  {after(never, 180, 180, 180, 180, 180, 180), time.Second, []int{25}},
		"reported once":             {after(data, 148, 148, 148, 148, 148, 148), 0, []int{25}},
		"answered before":           {after(answered(data[:5], 92, true), 80, 0, 0), 0, nil},
		"bytes end it":              {after(answered(data, 32, false), 80, 0, 0, 148, 148), 0, []int{25, 55}},
		"a handshake ends it":       {after(answered(data, 0, true), 80, 0, 0, 148, 148), 0, []int{25, 55}},
		"nothing follows an answer": {after(answered(data, 32, false), 0, 32, 0, 0, 0, 0), 0, []int{25}},
		"a reading after an hour":   {[]reading{{}, {3600, 0, 148 * 18, 0}, {7200, 0, 148 * 36, 0}}, 25 * time.Second, []int{7200}},
		"keepalives of an hour":     {[]reading{{}, {3600, 0, 32 * 144, 0}, {7200, 0, 32 * 288, 0}}, 25 * time.Second, nil},
		"the clock is set back":     {[]reading{{}, {5, 0, 80, 0}, {-100, 0, 160, 0}, {24, 0, 240, 0}, {25, 0, 320, 0}}, 0, []int{25}},
	} {
		p := remote
		p.PersistentKeepalive = test.keepalive
		d := wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel}
		if got := unanswered(d, p, test.readings); !slices.Equal(got, test.want) {
			t.Errorf("%s: unanswered after %v s, want %v", name, got, test.want)
		}
	}
}

// TestUnansweredDevices checks which devices have counters that show a peer that does not
// answer, and how the parameters of AmneziaWG change the rule.
func TestUnansweredDevices(t *testing.T) {
	t.Parallel()
	amnezia := func(set func(a *wgtypes.Amnezia)) *wgtypes.Amnezia {
		a := wgtypes.DefaultAmnezia()
		set(&a)
		return &a
	}
	range30 := wgtypes.Range{Lo: 20, Hi: 30}
	initiations := after([]reading{{}}, 148, 148, 148, 148, 148, 148, 148, 148, 148, 148, 148, 148)
	short, long := after([]reading{{}}, 32, 32, 32, 32, 32, 32), after([]reading{{}}, 132, 132, 132, 132, 132, 132)
	three := after([]reading{{}}, 96, 96, 96, 96, 96, 96)
	two := after([]reading{{}}, 64, 64, 64, 64, 64, 64) // keepalives in 5 seconds
	for name, test := range map[string]struct {
		kind     wgtypes.Kind
		version  int // of the protocol, which the peer reports
		amnezia  *wgtypes.Amnezia
		readings []reading
		want     []int
	}{
		"kernel of a BSD":             {wgtypes.KindKernel, 0, nil, initiations, []int{25}},
		"wireguard-go":                {wgtypes.KindUserspace, 1, nil, initiations, []int{25}},
		"boringtun and GotaTun":       {wgtypes.KindUserspace, 0, nil, initiations, nil},
		"boringtun with AmneziaWG":    {wgtypes.KindAmneziaUserspace, 0, nil, initiations, nil},
		"boringtun in the process":    {wgtypes.KindInProcess, 0, nil, initiations, nil},
		"wireguard-go in the process": {wgtypes.KindInProcess, 1, nil, initiations, []int{25}},
		"default parameters":          {wgtypes.KindAmneziaKernel, 1, amnezia(func(*wgtypes.Amnezia) {}), initiations, []int{25}},
		"larger than keepalives":      {wgtypes.KindAmneziaKernel, 1, amnezia(func(*wgtypes.Amnezia) {}), long, []int{25}},
		"S4 of keepalives":            {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.S4 = 100 }), long, nil},
		"S4, not of keepalives":       {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.S4 = 100 }), short, nil},
		"S4, initiations":             {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.S4 = 100 }), initiations, []int{25}},
		"padding":                     {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.ContentPaddingAddition.Hi = 1 }), initiations, nil},
		"trailers":                    {wgtypes.KindAmneziaUserspace, 1, amnezia(func(a *wgtypes.Amnezia) { a.RandomTrailers = true }), initiations, nil},
		"KeepaliveTimeout 20-30":      {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.KeepaliveTimeout = range30 }), initiations, []int{45}},
		"two keepalives":              {wgtypes.KindAmneziaKernel, 1, amnezia(func(*wgtypes.Amnezia) {}), two, []int{25}},
		"KeepaliveTimeout 5":          {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.KeepaliveTimeout = wgtypes.Range{Lo: 5, Hi: 5} }), two, nil},
		"KeepaliveTimeout 5, three":   {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.KeepaliveTimeout = wgtypes.Range{Lo: 5, Hi: 5} }), three, []int{20}},
		"RekeyTimeout 20":             {wgtypes.KindAmneziaKernel, 1, amnezia(func(a *wgtypes.Amnezia) { a.RekeyTimeout = wgtypes.Range{Lo: 20, Hi: 20} }), initiations, []int{55}},
	} {
		d := wgtypes.Device{Name: "wg0", Kind: test.kind, Amnezia: test.amnezia}
		p := remote
		p.ProtocolVersion = test.version
		if got := unanswered(d, p, test.readings); !slices.Equal(got, test.want) {
			t.Errorf("%s: unanswered after %v s, want %v", name, got, test.want)
		}
	}
}

// TestUnansweredEndpoint checks that a peer without an endpoint is not reported.
func TestUnansweredEndpoint(t *testing.T) {
	t.Parallel()
	p := wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}}
	if got := unanswered(wgtypes.Device{Name: "wg0"}, p, after([]reading{{}}, 148, 148, 148, 148, 148, 148)); got != nil {
		t.Errorf("without an endpoint: unanswered after %v s, want never", got)
	}
}

// TestUnansweredRemoved checks that a peer that is added again starts again.
func TestUnansweredRemoved(t *testing.T) {
	t.Parallel()
	sent := func(n uint64) *wgtypes.Device {
		return reading{0, 0, n, 0}.device(wgtypes.Device{Name: "wg0"}, remote)
	}
	other := sent(0)
	other.Index = 7
	for name, test := range map[string]struct {
		third *wgtypes.Device
		want  []int // the readings after which the peer does not answer
	}{
		"nothing changes": {sent(80), []int{3}},
		"counters fall":   {sent(0), []int{5}},
		"no peer":         {&wgtypes.Device{Name: "wg0"}, nil},
		"no device":       {nil, nil},
		"another device":  {other, nil},
	} {
		var u wginternal.Unanswered
		var got []int
		states := []*wgtypes.Device{sent(0), sent(80), test.third, sent(160), sent(240), sent(320)}
		for i, next := range states[1:] {
			before, now := second(10*i), second(10*i+10)
			for e := range wginternal.Changes(states[i], next, before, now) {
				if u.Apply(&e, next, before, now) {
					got = append(got, i+1)
				}
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: unanswered after the readings %v, want %v", name, got, test.want)
		}
	}
}

// FuzzUnanswered checks that a peer is reported exactly if two readings, at least 20
// seconds apart, find that data or an initiation was sent, and the peer has neither
// answered nor been reported since the first. Each byte is what happens before a reading:
// the time, whether bytes are received, and what is sent.
func FuzzUnanswered(f *testing.F) {
	f.Add([]byte{0x41, 0x40, 0x42, 0x40, 0x40, 0x42})
	f.Add([]byte{0x44, 0x43, 0x44, 0x46, 0x45, 0x44, 0x42, 0x47, 0xa1, 0xb2, 0xc1})
	f.Fuzz(func(t *testing.T, steps []byte) {
		sizes := [4]uint64{0, 80, 148, 32}
		type step struct{ asks, answered, reported bool }
		readings, history := []reading{{}}, []step{{}}
		var want []int
		for _, b := range steps[:min(len(steps), 200)] {
			r, now := readings[len(readings)-1], step{answered: b&4 != 0}
			now.asks = !now.answered && (b&3 == 1 || b&3 == 2)
			r.at, r.sent = r.at+1+int(b>>4), r.sent+sizes[b&3]
			if now.answered {
				r.received += 32
			}
			apart, reported := false, false
			for i := len(history) - 1; i > 0 && !history[i].answered; i-- {
				apart = apart || history[i].asks && r.at-readings[i].at >= 20
				reported = reported || history[i].reported
			}
			now.reported = now.asks && apart && !reported
			if now.reported {
				want = append(want, r.at)
			}
			readings, history = append(readings, r), append(history, now)
		}
		if got := unanswered(wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel}, remote, readings); !slices.Equal(got, want) {
			t.Errorf("unanswered after %v s, want %v: %+v", got, want, readings)
		}
	})
}
