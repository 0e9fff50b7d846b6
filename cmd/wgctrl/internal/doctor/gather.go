package doctor

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// lookupTimeout limits how long the lookups of host names take.
const lookupTimeout = 5 * time.Second

// Options say what Gather reads.
type Options struct {
	Client *wgctrl.Client
	// Name selects a device. All devices are selected if it is empty.
	Name string
	// NetNS is the path of the network namespace of kernel devices. It is empty for that
	// of this process.
	NetNS string
	// File returns the configuration file of a device, with neither Hosts nor a nil
	// error, or why it was not read.
	File     func(wgtypes.DeviceRef) (*File, error)
	Resolver resolve.Resolver
	// Hint returns what to do about an error of the Client, or "".
	Hint func(error) string
	// NoModule is Snapshot.NoModule.
	NoModule string
	// Built is the date of the program, or zero.
	Built time.Time
}

// Gather reads the state of the devices and of the system. It changes nothing. What
// cannot be read is in the NotChecked and Unreadable of the Snapshot.
func Gather(ctx context.Context, o Options) *Snapshot {
	s := &Snapshot{Now: time.Now(), Built: o.Built, NoModule: o.NoModule}
	if o.Built.IsZero() {
		s.NotChecked = append(s.NotChecked, Note{What: TopicBuilt, Reason: "this build of wgctrl has no date"})
	}
	var err error
	if s.Booted, err = bootTime(s.Now); err != nil {
		s.NotChecked = append(s.NotChecked, Note{What: TopicBooted, Reason: err.Error()})
	}
	s.readDevices(ctx, o)
	s.readNetworks(o)
	for _, d := range s.Devices {
		if d.Selected {
			s.readFile(ctx, o, d)
		}
	}
	return s
}

// readDevices reads all devices, since those that are not selected can affect the
// others.
func (s *Snapshot) readDevices(ctx context.Context, o Options) {
	devices, err := o.Client.Devices(ctx)
	found := false
	for _, d := range devices {
		selected := o.Name == "" || d.Name == o.Name
		found = found || selected
		s.Devices = append(s.Devices, &Device{Device: d, Selected: selected})
	}
	for _, err := range split(err) {
		var op *wgctrl.OpError
		if !errors.As(err, &op) {
			op = &wgctrl.OpError{}
		}
		ref := wgtypes.DeviceRef{Name: op.Device, Kind: op.Kind}
		if o.Name != "" && ref.Name != "" && ref.Name != o.Name {
			s.NotChecked = append(s.NotChecked, Note{Device: ref, What: TopicDevice, Reason: errorText(err)})
			continue
		}
		found = found || ref.Name == o.Name
		s.Unreadable = append(s.Unreadable, Unreadable{Device: ref, Err: err, Hint: o.Hint(err)})
	}
	if o.Name == "" || found {
		return
	}
	// Device finds a device by its other names, too.
	d, err := o.Client.Device(ctx, o.Name)
	if err != nil {
		s.Unreadable = append(s.Unreadable, Unreadable{Device: wgtypes.DeviceRef{Name: o.Name}, Err: err, Hint: o.Hint(err)})
		return
	}
	for _, known := range s.Devices {
		known.Selected = known.Ref() == wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}
	}
}

// split returns the errors that err joins.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// readNetworks reads the network namespaces that the devices are in. --netns is about
// kernel devices.
func (s *Snapshot) readNetworks(o Options) {
	read := make(map[string]*Network)
	notes := make(map[string][]Note)
	for _, d := range s.Devices {
		path := ""
		if d.Kind == wgtypes.KindKernel || d.Kind == wgtypes.KindAmneziaKernel {
			path = o.NetNS
		}
		if _, ok := notes[path]; !ok {
			read[path], notes[path] = readNetwork(path)
		}
		d.Net = read[path]
		if !d.Selected {
			continue
		}
		all := notes[path]
		if d.Net != nil && len(d.Net.Links) > 0 && d.Net.linkNamed(d.Name) == nil {
			all = notesFor("this network namespace has no interface "+d.Name, networkTopics()...)
		}
		for _, note := range all {
			note.Device = d.Ref()
			s.NotChecked = append(s.NotChecked, note)
		}
	}
}

// networkTopics returns the topics that need the network namespace of a device.
func networkTopics() []Topic {
	return []Topic{TopicLink, TopicAddresses, TopicRoutes, TopicRules, TopicSysctls, TopicSockets}
}

// notesFor returns a note with the reason for each topic.
func notesFor(reason string, topics ...Topic) (notes []Note) {
	for _, t := range topics {
		notes = append(notes, Note{What: t, Reason: reason})
	}
	return notes
}

// readFile reads the configuration file of d.
func (s *Snapshot) readFile(ctx context.Context, o Options, d *Device) {
	file, err := o.File(d.Ref())
	if err != nil {
		s.NotChecked = append(s.NotChecked, Note{Device: d.Ref(), What: TopicFile, Reason: err.Error()})
		return
	}
	d.File = file
	if file.Settings == nil {
		s.NotChecked = append(s.NotChecked, Note{Device: d.Ref(), What: TopicHosts, Reason: "the configuration file has errors"})
		return
	}
	file.Hosts = lookUp(ctx, o.Resolver, file.Settings)
}

// lookUp looks up the host names of endpoints concurrently, each once.
func lookUp(ctx context.Context, r resolve.Resolver, s *wgconf.Settings) map[string]Host {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	hosts := make(map[string]Host)
	var mu sync.Mutex
	var lookups sync.WaitGroup
	for i := range s.Peers {
		e := s.Peers[i].Endpoint
		if _, isAddress := e.AddrPort(); isAddress || e.Host == "" {
			continue
		}
		mu.Lock()
		_, started := hosts[e.Host]
		hosts[e.Host] = Host{}
		mu.Unlock()
		if started {
			continue
		}
		lookups.Go(func() {
			host := lookUpHost(ctx, r, e.Host)
			mu.Lock()
			defer mu.Unlock()
			hosts[e.Host] = host
		})
	}
	lookups.Wait()
	return hosts
}

func lookUpHost(ctx context.Context, r resolve.Resolver, name string) (h Host) {
	addrs, err := r.LookupNetIP(ctx, "ip", name)
	if err != nil {
		h.Err = keytext.Hide(err.Error()) // the name may be a key
		return h
	}
	if len(addrs) == 0 {
		h.Err = "lookup " + keytext.Hide(name) + ": no addresses"
	}
	for _, a := range addrs {
		h.Addrs = append(h.Addrs, netip.Addr.Unmap(a))
	}
	return h
}
