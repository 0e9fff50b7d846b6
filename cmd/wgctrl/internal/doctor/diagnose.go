package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// examples is the largest number of examples in the evidence of a finding.
const examples = 5

// Diagnose returns what is wrong in s, and what could not be checked.
func Diagnose(s *Snapshot) Report {
	r := &reporter{
		s:       s,
		report:  Report{Checked: []wgtypes.DeviceRef{}, Findings: []Finding{}, NotChecked: []Note{}},
		routers: make(map[*Network]*router),
	}
	r.report.NotChecked = append(r.report.NotChecked, s.NotChecked...)
	r.access()
	r.clock()
	for _, d := range s.Devices {
		if !d.Selected {
			continue
		}
		r.report.Checked = append(r.report.Checked, d.Ref())
		for _, check := range []func(*reporter, *Device){
			(*reporter).handshakeTimes, (*reporter).link, (*reporter).port, (*reporter).mtu, (*reporter).peers,
			(*reporter).fileEndpoints, (*reporter).loops, (*reporter).routes, (*reporter).fwmark, (*reporter).rpFilter,
			(*reporter).forwarding, (*reporter).keepalives, (*reporter).file,
		} {
			check(r, d)
		}
	}
	r.allowedIPs()
	return r.report
}

// reporter collects the findings about a Snapshot.
type reporter struct {
	s       *Snapshot
	report  Report
	routers map[*Network]*router
}

// add adds a finding about a device, which may be nil.
func (r *reporter) add(d *Device, f Finding) {
	if d != nil {
		f.Device = d.Ref()
		f.PeerName = d.peerName(f.Peer)
	}
	r.report.Findings = append(r.report.Findings, f)
}

// knows reports whether all of these parts of the state of d were read.
func (r *reporter) knows(d *Device, topics ...Topic) bool {
	for _, n := range r.s.NotChecked {
		if (n.Device == wgtypes.DeviceRef{} || n.Device == d.Ref()) && slices.Contains(topics, n.What) {
			return false
		}
	}
	return d.Net != nil
}

// peerName returns the name of a peer in the file, or "".
func (d *Device) peerName(key wgtypes.PublicKey) string {
	if d.File == nil {
		return ""
	}
	return d.File.Names[key]
}

// ownLink returns the interface of d, or nil if it could not be read.
func (r *reporter) ownLink(d *Device) *Link {
	if !r.knows(d, TopicLink) {
		return nil
	}
	return d.Net.linkNamed(d.Name)
}

func (n *Network) linkNamed(name string) *Link {
	return n.findLink(func(l *Link) bool { return l.Name == name })
}

func (n *Network) linkAt(index int) *Link {
	return n.findLink(func(l *Link) bool { return l.Index == index })
}

func (n *Network) findLink(is func(*Link) bool) *Link {
	for i := range n.Links {
		if is(&n.Links[i]) {
			return &n.Links[i]
		}
	}
	return nil
}

// access reports devices that are missing or could not be read.
func (r *reporter) access() {
	for _, u := range r.s.Unreadable {
		f := Finding{ID: DeviceUnreadable, Severity: Error, Device: u.Device, Evidence: []string{errorText(u.Err)}, Remedy: u.Hint}
		what := fmt.Sprintf("devices of kind %s", u.Device.Kind)
		if u.Device.Name != "" {
			what = "the device"
		}
		f.Summary = what + " could not be read"
		switch {
		case errors.Is(u.Err, fs.ErrPermission):
			f.ID, f.Summary = PermissionMissing, "a privilege is missing to read "+what
		case errors.Is(u.Err, fs.ErrNotExist):
			f.ID, f.Summary = DeviceMissing, "the device does not exist"
		}
		if f.Remedy == "" {
			f.Remedy = "try again; if it happens again, restart the daemon that has the device"
			if f.ID == DeviceMissing {
				f.Remedy = `run "wgctrl" to list the devices, and wg-quick(8) or "wgctrl add" to create one`
			}
		}
		r.report.Findings = append(r.report.Findings, f)
	}
	if r.s.NoModule != "" && !r.s.hasDevices() {
		r.add(nil, Finding{ID: ModuleMissing, Severity: Warning, Summary: "the kernel has no WireGuard",
			Evidence: []string{"its module is not loaded, and no device was found"}, Remedy: r.s.NoModule})
	}
}

// hasDevices reports whether a device was found, even if it could not be read.
func (s *Snapshot) hasDevices() bool {
	return len(s.Devices) > 0 || slices.ContainsFunc(s.Unreadable, func(u Unreadable) bool {
		return u.Device.Name != "" && !errors.Is(u.Err, fs.ErrNotExist)
	})
}

// errorText returns the text of an error of the library.
func errorText(err error) string { return strings.TrimPrefix(err.Error(), "wgctrl: ") }

// shorten returns at most examples lines, followed by how many there are more.
func shorten(lines []string) []string {
	if n := len(lines) - examples; n > 1 {
		return append(lines[:examples:examples], fmt.Sprintf("and %d more", n))
	}
	return lines
}
