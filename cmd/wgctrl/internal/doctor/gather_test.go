package doctor_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// resolver knows one host.
type resolver struct{}

func (resolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host == "vpn.example.com" {
		return []netip.Addr{netip.MustParseAddr("::ffff:198.51.100.1")}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// gather gathers from a fake device with the name, which need not be that of an
// interface.
func gather(t *testing.T, name, selected string, f *doctor.File, prepare func(*wgtest.Fake)) *doctor.Snapshot {
	t.Helper()
	fake := wgtest.NewFake(t, &wgtypes.Device{Name: name})
	prepare(fake)
	return doctor.Gather(t.Context(), doctor.Options{
		Client: fake.Client(t), Name: selected, Resolver: resolver{},
		File: func(wgtypes.DeviceRef) (*doctor.File, error) {
			if f == nil {
				return nil, errors.New("no file")
			}
			return f, nil
		},
		Hint: func(error) string { return "the hint" },
	})
}

// hasNote reports whether a part of a device was not checked, for a reason with the
// text.
func hasNote(s *doctor.Snapshot, device string, topic doctor.Topic, reason string) bool {
	return slices.ContainsFunc(s.NotChecked, func(n doctor.Note) bool {
		return n.Device.Name == device && n.What == topic && strings.Contains(n.Reason, reason)
	})
}

func TestGather(t *testing.T) {
	t.Parallel()
	f := file(clientFile + "[Peer]\nPublicKey = AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nEndpoint = nowhere.example.com:1\n")
	s := gather(t, "doctor-test", "doctor-test", f, func(*wgtest.Fake) {})
	if len(s.Devices) != 1 || !s.Devices[0].Selected || s.Devices[0].Name != "doctor-test" || len(s.Unreadable) > 0 {
		t.Fatalf("Gather reads %+v, want the selected device", s)
	}
	for _, topic := range []doctor.Topic{doctor.TopicLink, doctor.TopicAddresses, doctor.TopicRoutes, doctor.TopicRules, doctor.TopicSysctls, doctor.TopicSockets} {
		if !hasNote(s, "doctor-test", topic, "no interface doctor-test") {
			t.Errorf("Gather has the notes %+v, want one about %s", s.NotChecked, topic)
		}
	}
	if !hasNote(s, "", doctor.TopicBuilt, "no date") {
		t.Errorf("Gather has the notes %+v, want one about the date of the build", s.NotChecked)
	}
	hosts := s.Devices[0].File.Hosts
	if got := hosts["vpn.example.com"]; got.Err != "" || !slices.Equal(got.Addrs, []netip.Addr{netip.MustParseAddr("198.51.100.1")}) {
		t.Errorf("vpn.example.com has %+v, want 198.51.100.1", got)
	}
	if got := hosts["nowhere.example.com"]; !strings.Contains(got.Err, "no such host") {
		t.Errorf("nowhere.example.com has %+v, want no such host", got)
	}
}

func TestGatherUnreadable(t *testing.T) {
	t.Parallel()
	fails := func(f *wgtest.Fake) { f.OnGet(0, wgtest.Fail(uapi.Errno(5))) }
	good := func(*wgtest.Fake) {}
	for _, test := range []struct {
		name, selected string
		prepare        func(*wgtest.Fake)
		unreadable     string
		isMissing      bool
	}{
		{"doctor-a", "", fails, "doctor-a", false},
		{"doctor-a", "doctor-a", fails, "doctor-a", false},
		{"doctor-a", "doctor-b", good, "doctor-b", true},
	} {
		s := gather(t, test.name, test.selected, nil, test.prepare)
		if len(s.Unreadable) != 1 || s.Unreadable[0].Device.Name != test.unreadable || s.Unreadable[0].Hint != "the hint" ||
			errors.Is(s.Unreadable[0].Err, fs.ErrNotExist) != test.isMissing {
			t.Errorf("Gather(%q) of %s cannot read %+v, want %s, missing: %t", test.selected, test.name, s.Unreadable, test.unreadable, test.isMissing)
		}
	}
	s := gather(t, "doctor-a", "doctor-b", nil, fails)
	if !hasNote(s, "doctor-a", doctor.TopicDevice, "doctor-a") {
		t.Errorf("Gather has the notes %+v, want one about the device that is not selected", s.NotChecked)
	}
}

func TestGatherWithoutFile(t *testing.T) {
	t.Parallel()
	s := gather(t, "doctor-test", "", nil, func(*wgtest.Fake) {})
	if !hasNote(s, "doctor-test", doctor.TopicFile, "no file") {
		t.Errorf("Gather has the notes %+v, want one about the file", s.NotChecked)
	}
	s = gather(t, "doctor-test", "", &doctor.File{Problems: []string{"no"}}, func(*wgtest.Fake) {})
	if !hasNote(s, "doctor-test", doctor.TopicHosts, "errors") {
		t.Errorf("Gather has the notes %+v, want one about the host names of an invalid file", s.NotChecked)
	}
}

// TestHiddenHost checks that a host name that may be a key is not shown.
func TestHiddenHost(t *testing.T) {
	t.Parallel()
	f := file(clientFile)
	f.Settings.Peers[0].Endpoint.Host = "qL3vUo0yZc8mJ1WxAAAA"
	s := gather(t, "doctor-test", "", f, func(*wgtest.Fake) {})
	s.Devices[0].Device = client().Devices[0].Device
	r := doctor.Diagnose(s)
	i := slices.IndexFunc(r.Findings, func(f doctor.Finding) bool { return f.ID == doctor.EndpointUnresolved })
	if i < 0 || !strings.Contains(r.Findings[i].Evidence[0], "(hidden)") {
		t.Errorf("Diagnose finds %+v, want %s with a hidden name", r.Findings, doctor.EndpointUnresolved)
	}
}

// TestGatherBackendError checks that an error about a whole backend is kept.
func TestGatherBackendError(t *testing.T) {
	t.Parallel()
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	s := doctor.Gather(t.Context(), doctor.Options{Client: c, Hint: func(error) string { return "" }})
	if len(s.Unreadable) == 0 || s.Unreadable[0].Device.Name != "" || !errors.Is(s.Unreadable[0].Err, net.ErrClosed) {
		t.Errorf("Gather with a closed Client cannot read %+v, want an error without a device", s.Unreadable)
	}
}
