package doctor_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// findingCase has a change of a healthy snapshot that leads to a finding, and one that
// nearly does.
type findingCase struct {
	id         doctor.ID
	name       string
	base       func() *doctor.Snapshot
	have, miss func(*doctor.Snapshot)
}

// device returns a change of the first device.
func device(change func(d *doctor.Device)) func(*doctor.Snapshot) {
	return func(s *doctor.Snapshot) { change(s.Devices[0]) }
}

// peer returns a change of the first peer of the first device.
func peer(change func(p *wgtypes.Peer)) func(*doctor.Snapshot) {
	return func(s *doctor.Snapshot) { change(&s.Devices[0].Peers[0]) }
}

// sysctl returns a change of a kernel setting.
func sysctl(name string, value int) func(*doctor.Snapshot) {
	return func(s *doctor.Snapshot) { s.Devices[0].Net.Sysctls[name] = value }
}

func unreadable(name string, err error) func(*doctor.Snapshot) {
	return func(s *doctor.Snapshot) {
		s.Unreadable = []doctor.Unreadable{{Device: wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel}, Err: err}}
	}
}

func nothing(*doctor.Snapshot) {}

// all returns a change that makes several changes.
func all(changes ...func(*doctor.Snapshot)) func(*doctor.Snapshot) {
	return func(s *doctor.Snapshot) {
		for _, change := range changes {
			change(s)
		}
	}
}

// noDevices is a system without the module on which no device can be read.
func noDevices(s *doctor.Snapshot) { s.Devices, s.NoModule = nil, "load it" }

func accessCases() []findingCase {
	return []findingCase{
		{doctor.DeviceMissing, "missing", client, unreadable("wg7", fs.ErrNotExist), unreadable("wg7", errors.New("no"))},
		{doctor.PermissionMissing, "a device", client, unreadable("wg7", fs.ErrPermission), unreadable("wg7", fs.ErrNotExist)},
		{doctor.PermissionMissing, "a backend", client, unreadable("", fs.ErrPermission), unreadable("", errors.New("no"))},
		{doctor.DeviceUnreadable, "hanging", client, unreadable("wg7", errors.New("no")), unreadable("wg7", fs.ErrPermission)},
		{doctor.ModuleMissing, "no device", client, func(s *doctor.Snapshot) { s.Devices, s.NoModule = nil, "load it" },
			func(s *doctor.Snapshot) { s.NoModule = "load it" }},
		{doctor.ModuleMissing, "no such device", client, all(unreadable("wg7", fs.ErrNotExist), noDevices),
			all(unreadable("wg7", fs.ErrPermission), noDevices)},
	}
}

func linkCases() []findingCase {
	link := func(change func(l *doctor.Link)) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { change(&d.Net.Links[2]) })
	}
	uplink := func(mtu int) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.Net.Links[1].MTU = mtu })
	}
	silent := device(func(d *doctor.Device) {
		for i := range d.Peers {
			d.Peers[i].LastHandshake = now.Add(-time.Hour)
		}
	})
	closed := device(func(d *doctor.Device) { delete(d.Net.UDPPorts, 51820) })
	return []findingCase{
		{doctor.DeviceDown, "down", client, link(func(l *doctor.Link) { l.Up = false }), nothing},
		{doctor.AddressMissing, "none", client, link(func(l *doctor.Link) { l.Addresses = nil }), link(func(l *doctor.Link) { l.Addresses = prefixes("10.0.0.2/32") })},
		{doctor.AddressMissing, "only link-local", client, link(func(l *doctor.Link) { l.Addresses = prefixes("fe80::1/64") }), nothing},
		{doctor.MTUTooLarge, "IPv4", client, link(func(l *doctor.Link) { l.MTU = 1441 }), link(func(l *doctor.Link) { l.MTU = 1440 })},
		{doctor.MTUTooLarge, "IPv6", server, link(func(l *doctor.Link) { l.MTU = 1421 }), link(func(l *doctor.Link) { l.MTU = 1420 })},
		{doctor.MTUTooLarge, "AmneziaWG", client, device(func(d *doctor.Device) { d.Amnezia = &wgtypes.Amnezia{S4: 21} }), device(func(d *doctor.Device) { d.Amnezia = &wgtypes.Amnezia{S4: 20} })},
		{doctor.MTUTooLarge, "uplink", client, uplink(1479), uplink(1480)},
		{doctor.MTUTooLarge, "route", client, device(func(d *doctor.Device) { d.Net.Routes[3].MTU = 1400 }), device(func(d *doctor.Device) { d.Net.Routes[3].MTU = 1480 })},
		{doctor.PortClosed, "no socket", server, all(silent, closed), silent},
		{doctor.PortClosed, "socket elsewhere", server, all(silent, closed), closed},
		{doctor.PortClosed, "no port", server, all(silent, closed), all(silent, closed, device(func(d *doctor.Device) { d.ListenPort = 0 }))},
	}
}

func peerCases() []findingCase {
	none := time.Time{}
	handshake := func(at time.Time, sent, received uint64) func(*doctor.Snapshot) {
		return peer(func(p *wgtypes.Peer) { p.LastHandshake, p.TransmitBytes, p.ReceiveBytes = at, sent, received })
	}
	age := func(d time.Duration) func(*doctor.Snapshot) { return handshake(now.Add(-d), 1, 1) }
	keepalive := func(d time.Duration) func(*doctor.Snapshot) {
		return peer(func(p *wgtypes.Peer) { p.PersistentKeepalive = d })
	}
	to := func(address string) func(*doctor.Snapshot) {
		return peer(func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort(address) })
	}
	return []findingCase{
		{doctor.HandshakeNever, "nothing sent", server, handshake(none, 0, 0), age(2 * time.Minute)},
		{doctor.HandshakeNever, "packets arrive", server, handshake(none, 148, 148), handshake(none, 148, 0)},
		{doctor.NothingReceived, "no answer", client, handshake(none, 148, 0), handshake(none, 148, 92)},
		{doctor.NothingReceived, "connected", client, handshake(none, 148, 0), handshake(now, 148, 0)},
		{doctor.PeerSilent, "old handshake", client, age(236 * time.Second), age(235 * time.Second)},
		{doctor.PeerSilent, "long keepalive", client, all(age(time.Hour), keepalive(time.Minute)), all(age(time.Hour), keepalive(time.Hour))},
		{doctor.PeerSilent, "long sessions of AmneziaWG", client, age(time.Hour), all(age(time.Hour), device(func(d *doctor.Device) {
			d.Amnezia = &wgtypes.Amnezia{RejectAfterTime: wgtypes.Range{Lo: 60, Hi: 3600}}
		}))},
		{doctor.NothingReceived, "down", client, handshake(none, 148, 0), all(handshake(none, 148, 0), device(func(d *doctor.Device) { d.Net.Links[2].Up = false }))},
		{doctor.PeerSilent, "without keepalive", client, age(time.Hour), all(age(time.Hour), keepalive(0))},
		{doctor.KeepaliveMissing, "private to public", client, keepalive(0), nothing},
		{doctor.KeepaliveMissing, "private endpoint", client, keepalive(0), all(keepalive(0), to("192.168.1.77:51820"))},
		{doctor.KeepaliveMissing, "shared endpoint", client, keepalive(0), all(keepalive(0), to("100.64.1.7:51820"))},
		{doctor.KeepaliveMissing, "public address", client, keepalive(0),
			all(keepalive(0), device(func(d *doctor.Device) { d.Net.Links[1].Addresses = prefixes("192.168.1.10/24", "192.0.2.10/24") }))},
		{doctor.KeepaliveMissing, "the peer calls", client, keepalive(0),
			all(keepalive(0), device(func(d *doctor.Device) {
				d.File.Settings.Peers[0].Endpoint.Host = ""
				d.File.Settings.Peers[0].Endpoint.Port = 0
			}))},
	}
}

func clockCases() []findingCase {
	handshake := func(at time.Time) func(*doctor.Snapshot) {
		return peer(func(p *wgtypes.Peer) { p.LastHandshake = at })
	}
	built := func(at time.Time) func(*doctor.Snapshot) { return func(s *doctor.Snapshot) { s.Built = at } }
	return []findingCase{
		{doctor.ClockBehind, "before the build", client, built(now.Add(time.Second)), built(now)},
		{doctor.ClockBehind, "unknown build", client, built(now.Add(time.Second)), built(time.Time{})},
		{doctor.ClockJumped, "future", client, handshake(now.Add(11 * time.Second)), handshake(now.Add(10 * time.Second))},
		{doctor.ClockJumped, "before boot", client, handshake(now.Add(-5*time.Hour - 11*time.Second)), handshake(now.Add(-5 * time.Hour))},
		{doctor.ClockJumped, "unknown boot", client, handshake(time.Unix(5, 0)), func(s *doctor.Snapshot) {
			s.Booted = time.Time{}
			handshake(time.Unix(5, 0))(s)
		}},
	}
}

func endpointCases() []findingCase {
	host := func(h doctor.Host) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.File.Hosts["vpn.example.com"] = h })
	}
	other := doctor.Host{Addrs: []netip.Addr{netip.MustParseAddr("198.51.100.2")}}
	both := doctor.Host{Addrs: append(other.Addrs, netip.MustParseAddr("198.51.100.1"))}
	old := peer(func(p *wgtypes.Peer) { p.LastHandshake = now.Add(-181 * time.Second) })
	unmarked := device(func(d *doctor.Device) { d.FirewallMark = 0 })
	through := func(link int) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) {
			d.Net.Rules = systemRules()
			d.Net.Routes = append(d.Net.Routes, route(mainTable, "0.0.0.0/1", wg0), route(mainTable, "128.0.0.0/1", wg0), route(mainTable, "198.51.100.1/32", link))
		})
	}
	return []findingCase{
		{doctor.EndpointUnresolved, "no address", client, host(doctor.Host{Err: "lookup vpn.example.com: no such host"}), host(other)},
		{doctor.EndpointDiffers, "address", client, all(old, host(other)), all(old, host(both))},
		{doctor.EndpointDiffers, "connected", client, all(old, host(other)), host(other)},
		{doctor.EndpointDiffers, "port", client, all(old, peer(func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort("198.51.100.1:1") })), old},
		{doctor.EndpointLoop, "no mark", client, unmarked, nothing},
		{doctor.EndpointLoop, "link-local", client, unmarked, all(unmarked, peer(func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort("[fe80::1%eth0]:1") }))},
		{doctor.EndpointLoop, "route", client, all(unmarked, through(wg0)), all(unmarked, through(eth0))},
	}
}

func fileCases() []findingCase {
	mode := func(m fs.FileMode) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.File.Mode = m })
	}
	set := func(change func(d *wgtypes.Device)) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { change(d.Device) })
	}
	literal := func(text string) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.File = file(text) })
	}
	const withEndpoint = serverFile + "Endpoint = 203.0.113.99:1\n"
	silent := device(func(d *doctor.Device) { d.Peers[2].LastHandshake = now.Add(-time.Hour) })
	return []findingCase{
		{doctor.FileExposed, "others", client, mode(0o604), mode(0o640)},
		{doctor.FileInvalid, "error", client, device(func(d *doctor.Device) { d.File = &doctor.File{Problems: []string{"no"}} }), nothing},
		{doctor.FileDiffers, "port", server, set(func(d *wgtypes.Device) { d.ListenPort = 7 }), nothing},
		{doctor.FileDiffers, "mark of wg-quick", server, literal(serverFile[:12] + "FwMark = 5\n" + serverFile[12:]), set(func(d *wgtypes.Device) { d.FirewallMark = 0xca6c })},
		{doctor.FileDiffers, "peer", server, set(func(d *wgtypes.Device) { d.Peers = d.Peers[1:] }), nothing},
		{doctor.FileDiffers, "key", server, set(func(d *wgtypes.Device) { d.PrivateKey = wgtypes.NewPrivateKey([32]byte{16, 31: 64}) }),
			set(func(d *wgtypes.Device) { d.PrivateKey = wgtypes.PrivateKey{} })},
		{doctor.FileDiffers, "endpoint of a silent peer", server, all(literal(withEndpoint), silent), literal(withEndpoint)},
	}
}

// allCases returns the cases of all findings.
func allCases() []findingCase {
	return slices.Concat(accessCases(), linkCases(), peerCases(), clockCases(), endpointCases(), allowedIPCases(), routeCases(), policyCases(), fileCases())
}

// TestFindings checks, for each kind of finding, a snapshot that has it and one that
// nearly has.
func TestFindings(t *testing.T) {
	t.Parallel()
	seen := make(map[doctor.ID]bool)
	for _, test := range allCases() {
		seen[test.id] = true
		name := fmt.Sprintf("%s: %s", test.id, test.name)
		have, miss := test.base(), test.base()
		test.have(have)
		test.miss(miss)
		got := doctor.Diagnose(have).Findings
		i := slices.IndexFunc(got, func(f doctor.Finding) bool { return f.ID == test.id })
		if i < 0 {
			t.Errorf("%s: Diagnose finds %+v, want %s", name, got, test.id)
		} else if f := got[i]; f.Summary == "" || f.Remedy == "" || f.Severity == "" || len(f.Evidence) == 0 {
			t.Errorf("%s: Diagnose finds %+v, want a severity, a summary, evidence and a remedy", name, f)
		}
		if got := doctor.Diagnose(miss).Findings; slices.ContainsFunc(got, func(f doctor.Finding) bool { return f.ID == test.id }) {
			t.Errorf("%s: Diagnose of the near miss finds %+v, want no %s", name, got, test.id)
		}
	}
	for _, id := range doctor.IDs() {
		if !seen[id] {
			t.Errorf("no case has %s, want one for each ID", id)
		}
	}
}
