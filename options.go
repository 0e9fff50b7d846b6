package wgctrl

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgkernel"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// An Option configures a [Client]. [New] applies it.
type Option func(*options) error

// options are the settings of the backends.
type options struct {
	netNS        int    // -1 for the namespace of the thread that calls New
	netNSName    string // of WithNetNSName
	family       string
	dirs         []string
	amneziaDirs  []string
	untrusted    bool
	zeroKeys     bool
	replyTimeout time.Duration
	progress     func(Progress)
	inProcess    []wguser.InProcess
	kinds        []wgtypes.Kind // nil for all that the system has
	opened       []*os.File     // New closes them
}

// WithNetNS makes the Client use the kernel devices of the network namespace
// that fd refers to. The default is the namespace of the thread that calls New.
// New duplicates fd, so that the caller may close it afterwards. Entering another
// namespace needs CAP_SYS_ADMIN.
//
// New returns fs.ErrInvalid if fd is negative or not a network namespace, and
// errors.ErrUnsupported on systems other than Linux. If [WithBackends] excludes
// KindKernel, New does not check what fd refers to.
func WithNetNS(fd int) Option {
	return func(o *options) error {
		if fd < 0 {
			return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithNetNS: invalid file descriptor %d: must not be negative", fd))
		}
		o.netNS = fd
		o.netNSName = ""
		return nil
	}
}

// netNSDir is where ip-netns(8) keeps the network namespaces that have names.
const netNSDir = "/run/netns"

// WithNetNSName is [WithNetNS] for the network namespace with a name of ip-netns(8)
// or, if nameOrPath contains a slash, with that path, such as /proc/PID/ns/net.
//
// New returns fs.ErrNotExist if the namespace does not exist, and otherwise the
// errors of opening the file and of WithNetNS. On systems other than Linux, the error
// always wraps errors.ErrUnsupported.
func WithNetNSName(nameOrPath string) Option {
	return func(o *options) error {
		path := nameOrPath
		if !strings.ContainsRune(path, '/') {
			path = netNSDir + "/" + path
		}
		f, err := os.Open(path)
		if err != nil {
			err = fmt.Errorf("network namespace %q: %w", nameOrPath, err)
			return join(wgkernel.Check(wgkernel.Config{NetNS: 0}), err)
		}
		o.netNS = int(f.Fd())
		o.netNSName = nameOrPath
		o.opened = append(o.opened, f)
		return nil
	}
}

// WithSocketDirs makes the Client look for the sockets of userspace devices in
// these directories, in this order, instead of /var/run/wireguard. With no
// directory, the Client has no userspace devices. The option has no effect on
// Windows, where the names of the pipes are fixed.
//
// By default, the Client then does not use /var/run/amneziawg either: see
// [WithAmneziaSocketDirs].
func WithSocketDirs(dirs ...string) Option {
	return func(o *options) error {
		o.dirs = append([]string{}, dirs...)
		return nil
	}
}

// WithAmneziaSocketDirs makes the Client look for the sockets of AmneziaWG's userspace
// devices in these directories, in this order, instead of /var/run/amneziawg. Otherwise it
// is like [WithSocketDirs].
func WithAmneziaSocketDirs(dirs ...string) Option {
	return func(o *options) error {
		o.amneziaDirs = append([]string{}, dirs...)
		return nil
	}
}

// WithReplyTimeout sets how long the Client waits for a userspace device that
// neither sends nor reads a byte. The call then fails with an error that wraps
// os.ErrDeadlineExceeded, even if its context has no deadline. Zero means the
// default of 5 seconds; a negative d means no timeout.
//
// Daemons reply to a change only after they have applied it. So the timeout of a
// change is longer by d for every 20 KiB of its text, about 130 peers, up to 13
// times d. A reply that arrives slowly may take four times d, and d more for every
// 20 KiB that have arrived: a byte from time to time does not extend that.
//
// It does not apply to devices added by [WithDevice].
func WithReplyTimeout(d time.Duration) Option {
	return func(o *options) error {
		o.replyTimeout = d
		return nil
	}
}

// WithDevice adds a device of this process, such as the *device.Device of wireguard-go
// or amneziawg-go, under a name of any length. The Client never closes it. Names must
// be unique.
//
// Operations on d run synchronously and cannot be interrupted once started: the
// context is checked only before each call.
func WithDevice(name string, d uapi.Device) Option {
	return func(o *options) error {
		if d == nil {
			return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithDevice: device %q is nil", name))
		}
		if err := wginternal.CheckName(name, wginternal.MaxNameAny); err != nil {
			return fmt.Errorf("WithDevice: %w", err)
		}
		taken := func(in wguser.InProcess) bool { return in.Name == name }
		if slices.ContainsFunc(o.inProcess, taken) {
			return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithDevice: duplicate name %q", name))
		}
		o.inProcess = append(o.inProcess, wguser.InProcess{Name: name, Device: d})
		return nil
	}
}

// allKinds has the kinds of devices in the order in which a Client asks their backends.
var allKinds = []wgtypes.Kind{
	wgtypes.KindKernel, wgtypes.KindAmneziaKernel, wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace, wgtypes.KindInProcess,
}

// WithBackends makes the Client use only these backends, and ask them in this
// order. The default is KindKernel, KindAmneziaKernel, KindUserspace,
// KindAmneziaUserspace, KindInProcess, without the kinds that the system does not
// support, for which New returns errors.ErrUnsupported.
func WithBackends(kinds ...wgtypes.Kind) Option {
	return func(o *options) error {
		o.kinds = []wgtypes.Kind{}
		for _, k := range kinds {
			if !slices.Contains(allKinds, k) {
				return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithBackends: invalid kind %q: must be one of %v", k, allKinds))
			}
			if slices.Contains(o.kinds, k) {
				return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithBackends: duplicate kind %q", k))
			}
			o.kinds = append(o.kinds, k)
		}
		return nil
	}
}

// WithFamily makes the Client use the generic netlink family and the link kind
// with this name instead of "wireguard". Use it for modules that have the same
// attributes under another name. The Client then has no KindAmneziaKernel by default,
// whose family is always "amneziawg". New returns errors.ErrUnsupported on systems other
// than Linux.
func WithFamily(name string) Option {
	return func(o *options) error {
		// GENL_NAMSIZ is 16 with its NUL byte, as is IFNAMSIZ.
		if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
			return fmt.Errorf("WithFamily: %w", err)
		}
		o.family = name
		return nil
	}
}

// WithUntrustedSockets disables the check of a socket's owner. By default, the
// Client writes a private, preshared or header protection key to a socket only if the
// daemon runs as root or as the caller, and if neither the socket nor its directory is
// writable by everyone.
//
// On Windows it disables the check that LocalSystem owns the pipe, which the
// Client makes before it sends or reads anything.
func WithUntrustedSockets() Option {
	return func(o *options) error {
		o.untrusted = true
		return nil
	}
}

// WithZeroPublicKeys makes ConfigureDevice and SyncDevice accept peers with the
// zero public key, as wg(8) does. By default it is an error, because a PeerConfig
// has the zero key if the caller forgot to set one.
func WithZeroPublicKeys() Option {
	return func(o *options) error {
		o.zeroKeys = true
		return nil
	}
}

// Progress says how far an operation has come: see [WithProgress].
type Progress struct {
	// Op is the operation, as in OpError: "read", "configure" or "sync".
	Op string
	// Device is the device that the operation is about.
	Device wgtypes.DeviceRef
	// Done is the number of peers read or written so far. A device that changes
	// while it is read is read again, from 0.
	Done int
	// Total is the number of peers to write. A peer that is written in several steps
	// may count several times. Total is 0 while a device is read, because most backends
	// do not announce how many peers they will return. A userspace device gets
	// RemoveAllowedIPs in later requests, each of which has its own Done and Total.
	Total int
}

// WithProgress makes Device, Devices, ConfigureDevice and SyncDevice call f while
// they read or write peers. SyncDevice first reads, and then writes if something
// differs. A device of this process is written in one step, without a call of f.
//
// f may be called once for each peer, so it must return quickly. It is called on
// the goroutines of the operations, but never concurrently. It must not use the
// Client.
func WithProgress(f func(Progress)) Option {
	return func(o *options) error {
		o.progress = f
		return nil
	}
}

// serialized returns a function that calls f, but not concurrently. It returns nil
// if f is nil.
func serialized(f func(Progress)) func(Progress) {
	if f == nil {
		return nil
	}
	var mu sync.Mutex
	return func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		f(p)
	}
}

// progressOf returns the function that a backend calls during an operation, or nil
// if progress is not reported.
func (c *Client) progressOf(op string, ref wgtypes.DeviceRef) wginternal.Progress {
	if c.progress == nil {
		return nil
	}
	return func(done, all int) { c.progress(Progress{Op: op, Device: ref, Done: done, Total: all}) }
}

// newClient returns a Client with the backends that o selects.
func newClient(o options) (*Client, error) {
	kernel := wgkernel.Config{NetNS: o.netNS, Family: o.family}
	if err := wgkernel.Check(kernel); err != nil {
		return nil, err
	}
	kinds := o.kinds
	if kinds == nil {
		kinds = o.defaultKinds()
	}
	c := clientOf()
	c.progress = serialized(o.progress)
	c.zeroKeys = o.zeroKeys
	for _, kind := range kinds {
		switch kind {
		case wgtypes.KindKernel, wgtypes.KindAmneziaKernel:
			config := kernel
			if kind == wgtypes.KindAmneziaKernel {
				config.Kind, config.Family = kind, ""
			}
			b, err := wgkernel.New(config)
			if err != nil && o.netNSName != "" {
				err = fmt.Errorf("network namespace %q: %w", o.netNSName, err)
			}
			if err != nil {
				_ = c.Close() // the backends that were made before
				return nil, err
			}
			c.backends = append(c.backends, b)
			if links, ok := b.(wginternal.Links); ok {
				c.links = append(c.links, kernelLinks{links, kind})
			}
		case wgtypes.KindUserspace:
			c.backends = append(c.backends, wguser.New(wguser.Config{
				Dirs: o.dirs, Untrusted: o.untrusted, ReplyTimeout: o.replyTimeout,
			}))
		case wgtypes.KindAmneziaUserspace:
			c.backends = append(c.backends, wguser.New(wguser.Config{
				Kind: kind, Dirs: o.amneziaDirs, Untrusted: o.untrusted, ReplyTimeout: o.replyTimeout,
			}))
		case wgtypes.KindInProcess:
			c.backends = append(c.backends, wguser.NewInProcess(o.inProcess...))
		}
	}
	return c, nil
}

// defaultKinds returns the kinds of a Client without WithBackends.
func (o *options) defaultKinds() []wgtypes.Kind {
	return slices.DeleteFunc(slices.Clone(allKinds), func(k wgtypes.Kind) bool {
		switch k {
		case wgtypes.KindKernel:
			return !wgkernel.Supported
		case wgtypes.KindAmneziaKernel:
			return !wgkernel.AmneziaSupported || o.family != ""
		case wgtypes.KindAmneziaUserspace:
			return o.dirs != nil && o.amneziaDirs == nil
		}
		return false
	})
}
