package kerneltest

import (
	"fmt"
	"slices"
	"sync"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// OpenBSD is a fake of the kernel of OpenBSD or DragonFly BSD: of if_wg.c of OpenBSD 7.2
// and 7.8, and of DragonFly BSD 6.6.
//
// Unlike a kernel, it checks requests strictly. It answers a request that a kernel would
// misunderstand with an error and records it: see Faults.
type OpenBSD struct {
	*Interfaces
	config  wgopenbsd.Config
	structs *openBSDStructs

	mu           sync.Mutex
	devices      map[string]*openBSDDevice
	unprivileged bool
	usedPorts    map[uint16]bool
	requests     int // sets that were received
	faults       []string
}

// NewOpenBSD returns the kernel of OpenBSD 7.8 on amd64.
func NewOpenBSD() *OpenBSD { return NewOpenBSDRelease("7.8", "amd64") }

// NewOpenBSDRelease returns the kernel of a release for a processor. Kernels before 7.4
// have no descriptions of peers.
func NewOpenBSDRelease(release, arch string) *OpenBSD {
	structs := &openBSD64
	switch old := release < "7.4"; {
	case old && arch == "386":
		structs = &openBSD32Old
	case old:
		structs = &openBSD64Old
	case arch == "386", arch == "arm":
		structs = &openBSD32
	}
	return newOpenBSD(wgopenbsd.Config{OS: wgopenbsd.OpenBSD, Arch: arch, Release: release}, structs, bsd.OpenBSD())
}

// NewDragonFly returns the kernel of DragonFly BSD.
func NewDragonFly() *OpenBSD {
	c := wgopenbsd.Config{OS: wgopenbsd.DragonFly, Arch: "amd64", Release: "6.6-RELEASE"}
	return newOpenBSD(c, &dragonFlyStructs, bsd.FreeBSD("dragonfly"))
}

func newOpenBSD(c wgopenbsd.Config, structs *openBSDStructs, calls bsd.LinkCalls) *OpenBSD {
	k := &OpenBSD{structs: structs, devices: make(map[string]*openBSDDevice), usedPorts: make(map[uint16]bool)}
	k.Interfaces = NewInterfaces(calls, structs.word, k.created, k.destroyed)
	c.Ioctl, c.EUID = k.Ioctl, k.euid
	c.Interfaces = k.List
	k.config = c
	return k
}

// Config returns the Config of a backend that uses the kernel.
func (k *OpenBSD) Config() wgopenbsd.Config { return k.config }

// Backend returns a backend that uses the kernel.
func (k *OpenBSD) Backend() wginternal.Backend { return wgopenbsd.NewWith(k.config) }

// SetUnprivileged makes the caller an ordinary user.
func (k *OpenBSD) SetUnprivileged(unprivileged bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unprivileged = unprivileged
	k.Interfaces.SetUnprivileged(unprivileged)
}

func (k *OpenBSD) euid() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unprivileged {
		return 1000
	}
	return 0
}

// AddDevice creates a device without settings.
func (k *OpenBSD) AddDevice(name string) {
	k.Add(name, "wg")
	k.created(name)
}

func (k *OpenBSD) created(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.devices[name] = newOpenBSDDevice()
}

func (k *OpenBSD) destroyed(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.devices, name)
}

// Load replaces the state of a device. d may have prefixes with host bits.
func (k *OpenBSD) Load(name string, d *wgtypes.Device) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.devices[name].load(d)
}

// SetUp brings a device up, so that it binds its port.
func (k *OpenBSD) SetUp(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.devices[name]
	d.up = true
	d.ListenPort = k.choosePort(d.ListenPort)
}

// UsePort makes another socket use a port.
func (k *OpenBSD) UsePort(port uint16) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.usedPorts[port] = true
}

// Describe sets the description of a peer.
func (k *OpenBSD) Describe(name string, peer wgtypes.PublicKey, description string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.devices[name].find(peer).description = description
}

// Description returns the description of a peer.
func (k *OpenBSD) Description(name string, peer wgtypes.PublicKey) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.devices[name].find(peer).description
}

// Requests returns the number of sets that were received.
func (k *OpenBSD) Requests() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.requests
}

// Faults returns what was wrong with requests. Tests must check that it is empty.
func (k *OpenBSD) Faults() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.faults)
}

// Ioctl performs an ioctl.
func (k *OpenBSD) Ioctl(request uint32, arg []byte, pointer int, data []byte) error {
	if request != k.structs.setRequest && request != k.structs.getRequest {
		handled, err := k.Interfaces.Ioctl(request, arg, pointer, data)
		if !handled {
			return syscall.ENOTTY
		}
		return err
	}
	name := text(arg)
	exists := k.Index(name) != 0
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(arg) != k.structs.argSize || pointer != k.structs.argPointer || arg[bsd.NameLen-1] != 0 {
		return k.fault("argument of %d bytes with a pointer at %d, want %d and %d, and a name that ends", len(arg), pointer, k.structs.argSize, k.structs.argPointer)
	}
	if size := k.structs.getWord(arg[bsd.NameLen:]); size != uint64(len(data)) {
		return k.fault("size is %d, want that of the data, %d", size, len(data))
	}
	d := k.devices[name]
	switch {
	case !exists:
		return syscall.ENXIO
	case d == nil && k.config.OS == wgopenbsd.DragonFly:
		return syscall.EINVAL // from ether_ioctl
	case d == nil:
		return syscall.ENOTTY
	case request == k.structs.getRequest:
		k.structs.putWord(arg[bsd.NameLen:], k.get(d, data))
		return nil
	}
	return k.set(d, data)
}

// fault records an error of the caller and returns it.
func (k *OpenBSD) fault(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	k.faults = append(k.faults, text)
	return fmt.Errorf("fake kernel: %s", text)
}
