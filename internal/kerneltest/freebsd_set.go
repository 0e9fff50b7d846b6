package kerneltest

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"syscall"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// set is wgc_set. It applies one setting after the other and stops at the first error.
func (f *FreeBSD) set(d *freebsdDevice, data []byte) error {
	switch {
	case f.unprivileged:
		return syscall.EPERM
	case len(data) == 0:
		return syscall.EFAULT
	case len(data) >= math.MaxInt32:
		return syscall.E2BIG
	}
	l, err := unpack(data)
	if err != nil {
		return syscall.EBADMSG
	}
	if err := checkNames(l, "listen-port", "private-key", "user-cookie", "replace-peers", "peers"); err != nil {
		return err
	}
	if replace, _ := value[bool](l, "replace-peers"); replace {
		d.peers, d.owners = nil, make(map[netip.Prefix]*freebsdPeer)
	}
	if err := f.setDevice(d, l); err != nil {
		return err
	}
	peers, _ := value[[]nvl](l, "peers")
	for _, p := range peers {
		if err := f.setPeer(d, p); err != nil {
			return err
		}
	}
	return nil
}

// checkNames returns an error that is not the kernel's for a pair that the kernel does
// not know, and would ignore.
func checkNames(l nvl, names ...string) error {
	for _, p := range l {
		if !slices.Contains(names, p.name) {
			return fmt.Errorf("pair %q, want one of %q", p.name, names)
		}
	}
	return nil
}

// setDevice applies the port, the key and the cookie.
func (f *FreeBSD) setDevice(d *freebsdDevice, l nvl) error {
	if port, ok := value[uint64](l, "listen-port"); ok {
		switch {
		case port > math.MaxUint16:
			return syscall.EINVAL
		case port != 0 && uint16(port) == f.busyPort && d.port != f.busyPort:
			return syscall.EADDRINUSE
		}
		d.port = uint16(port)
	}
	if key, ok := value[[]byte](l, "private-key"); ok {
		if len(key) != 32 {
			return syscall.EINVAL
		}
		d.setKey([32]byte(key))
	}
	if cookie, ok := value[uint64](l, "user-cookie"); ok {
		if cookie > math.MaxUint32 {
			return syscall.EINVAL
		}
		d.cookie = uint32(cookie)
	}
	return nil
}

func (d *freebsdDevice) setKey(key [32]byte) {
	if key == d.private {
		return
	}
	d.private, d.public = key, [32]byte{}
	if key == [32]byte{} {
		return
	}
	d.public = wgtypes.NewPrivateKey(key).PublicKey()
	if p := d.find(d.public); p != nil {
		d.destroy(p)
	}
}

// setPeer is wg_peer_add. If it fails, it destroys the peer only if it created it.
func (f *FreeBSD) setPeer(d *freebsdDevice, l nvl) error {
	err := checkNames(l, "public-key", "preshared-key", "endpoint", "persistent-keepalive-interval",
		"allowed-ips", "replace-allowedips", "remove")
	if err != nil {
		return err
	}
	key, _ := value[[]byte](l, "public-key")
	if len(key) != 32 {
		return syscall.EINVAL
	}
	if d.private != [32]byte{} && d.public == [32]byte(key) {
		return nil
	}
	p := d.find([32]byte(key))
	if remove, _ := value[bool](l, "remove"); remove {
		if p != nil {
			d.destroy(p)
		}
		return nil
	}
	if replace, _ := value[bool](l, "replace-allowedips"); replace && p != nil {
		d.removeAllAllowed(p)
	}
	created := p == nil
	if created {
		p = &freebsdPeer{public: [32]byte(key)}
		d.peers = append(d.peers, p)
	}
	err = f.setPeerSettings(d, p, l)
	if err != nil && created {
		d.destroy(p)
	}
	return err
}

func (f *FreeBSD) setPeerSettings(d *freebsdDevice, p *freebsdPeer, l nvl) error {
	if endpoint, ok := value[[]byte](l, "endpoint"); ok {
		if len(endpoint) > 28 {
			return syscall.EINVAL
		}
		if err := checkSockaddr(endpoint); err != nil {
			return err
		}
		p.endpoint = endpoint
	}
	if key, ok := value[[]byte](l, "preshared-key"); ok {
		if len(key) != 32 {
			return syscall.EINVAL
		}
		p.preshared = [32]byte(key)
	}
	if interval, ok := value[uint64](l, "persistent-keepalive-interval"); ok {
		if interval > math.MaxUint16 {
			return syscall.EINVAL
		}
		p.keepalive = uint16(interval)
	}
	allowed, _ := value[[]nvl](l, "allowed-ips")
	for _, a := range allowed {
		if err := f.setAllowed(d, p, a); err != nil {
			return err
		}
	}
	return nil
}

// checkSockaddr returns an error that is not the kernel's for a socket address that the
// kernel would store, but to which no socket sends.
func checkSockaddr(s []byte) error {
	for _, form := range [][2]byte{{16, 2}, {28, 28}} {
		if len(s) == int(form[0]) && [2]byte(s) == form {
			return nil
		}
	}
	return fmt.Errorf("endpoint %x, want a sockaddr_in or sockaddr_in6 with its length", s)
}

// setAllowed adds or removes an allowed IP. It skips one without a mask or an address.
func (f *FreeBSD) setAllowed(d *freebsdDevice, p *freebsdPeer, l nvl) error {
	if err := checkNames(l, "ipv4", "ipv6", "cidr", "flags"); err != nil {
		return err
	}
	bits, ok := value[uint64](l, "cidr")
	if !ok {
		return nil
	}
	flags, _ := value[uint64](l, "flags")
	if f.ignoresFlags {
		flags = 0
	}
	if flags > 1 {
		return syscall.EOPNOTSUPP
	}
	size := 4
	addr, ok := value[[]byte](l, "ipv4")
	if !ok {
		size = 16
		if addr, ok = value[[]byte](l, "ipv6"); !ok {
			return nil
		}
	}
	ip, ok := netip.AddrFromSlice(addr)
	if !ok || len(addr) != size || bits > uint64(ip.BitLen()) {
		return syscall.EINVAL
	}
	prefix := netip.PrefixFrom(ip, int(bits)).Masked()
	if flags == 1 {
		d.removeAllowed(p, prefix)
	} else {
		d.addAllowed(p, prefix)
	}
	return nil
}
