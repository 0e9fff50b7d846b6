package nltest

import (
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// This file has what the versions of the module do with parameters: which they accept,
// what they keep, and what they keep after an error. testdata/amnezia has recordings.

// attributes are the attributes of a device in a request.
type attributes map[uint16][]byte

// checkPolicy returns the error for an attribute that the version does not have, or that
// has the wrong size.
func (m *amnezia) checkPolicy(typ uint16, b []byte) (errno syscall.Errno, text string) {
	if typ == 0 || typ > lastAttribute(m.Version) {
		return syscall.EINVAL, "Unknown attribute type"
	}
	want := -1
	switch {
	case typ == devPrivateKey || typ == devPublicKey || typ == devKey:
		if len(b) != wgtypes.KeyLen {
			return syscall.ERANGE, "binary attribute size out of range"
		}
	case typ == devIndex || typ == devFlags || typ == devMark || typ >= devPad && typ <= devLast:
		want = 4
	case typ == devRT || typ == devDC:
		want = 1
	case typ == devListenPort || m.numbers()[typ] != nil:
		want = 2
	case typ >= devH1 && typ <= devH4 && m.genlVersion() != 2:
		want = 4 * min(2, int(m.genlVersion()))
	case typ == devName || typ >= devH1 && typ <= devH4 || typ >= devI1 && typ <= devI5:
		if !isText(b) {
			return syscall.EINVAL, "Attribute failed policy validation"
		}
	}
	if want >= 0 && len(b) != want {
		return syscall.EINVAL, "invalid attribute length"
	}
	if typ == devFlags && m.genlVersion() > 1 && host.Uint32(b)&^devReplacePeers != 0 {
		return syscall.EINVAL, "reserved bit set"
	}
	return 0, ""
}

// set sets parameters, and returns the error that stops the request before it changes
// the key and the peers. check may return another one after that.
func (m *amnezia) set(a attributes) syscall.Errno {
	for typ := range a {
		m.enabled = m.enabled || typ >= devJc && typ != 18
	}
	switch m.genlVersion() {
	case 1:
		return 0 // check does it
	case 2:
		return m.set2(a)
	}
	return m.set3(a)
}

// check returns the error of a request after the key was changed.
func (m *amnezia) check(a attributes) syscall.Errno {
	switch m.genlVersion() {
	case 1:
		return m.set1(a)
	case 2:
		return m.check2()
	}
	return 0
}

// isOn reports whether a parameter differs from those of WireGuard.
func (m *amnezia) isOn() bool {
	initial := wgtypes.DefaultAmnezia()
	initial.Version = m.Version
	return !reflect.DeepEqual(m.Amnezia, initial)
}

const maxMessage = 65535

// set1 sets the parameters of version 1. A number that is absent becomes 0. After an
// error it goes on.
func (m *amnezia) set1(a attributes) (errno syscall.Errno) {
	number := func(typ uint16) int {
		if b, ok := a[typ]; ok {
			return int(host.Uint16(b))
		}
		return 0
	}
	some := false
	for typ := range a {
		some = some || typ >= devJc && typ <= devH4
	}
	if !some {
		return 0
	}
	jmax := number(devJmax)
	m.Jc, m.Jmin = uint16(number(devJc)), uint16(number(devJmin))
	if m.Jc > 0 && int(m.Jmin) == jmax {
		jmax++
	}
	switch {
	case jmax >= maxMessage:
		m.Jmin, m.Jmax, errno = 0, 1, syscall.EINVAL
	case jmax < int(m.Jmin):
		errno = syscall.EINVAL
	default:
		m.Jmax = uint16(jmax)
	}
	for typ, size := range map[uint16]int{devS1: 148, devS2: 92} {
		if n := number(typ); n+size >= maxMessage {
			errno = syscall.EINVAL
		} else {
			*m.numbers()[typ] = uint16(n)
		}
	}
	for i, h := range m.headers() {
		if b, ok := a[devH1+uint16(i)]; ok && host.Uint32(b) > 4 {
			*h = wgtypes.Range{Lo: host.Uint32(b), Hi: host.Uint32(b)}
		}
	}
	if m.overlap() || 148+int(m.S1) == 92+int(m.S2) {
		errno = syscall.EINVAL
	}
	return errno
}

// overlap reports whether message types have a number in common.
func (m *amnezia) overlap() bool {
	h := m.headers()
	for i := range h {
		for j := range i {
			if h[i].Lo <= h[j].Hi && h[j].Lo <= h[i].Hi {
				return true
			}
		}
	}
	return false
}

// set2 stores the parameters of version 2, even bad ones, until one has a bad form.
func (m *amnezia) set2(a attributes) syscall.Errno {
	m.setNumbers(a)
	for i, h := range m.headers() {
		if b, ok := a[devH1+uint16(i)]; ok {
			r, errno := m.parseHeader(*h, b)
			if *h = r; errno != 0 {
				return errno
			}
		}
	}
	for i, s := range m.texts() {
		if b, ok := a[devI1+uint16(i)]; ok {
			*s, m.packets[i] = text(b), true
		}
	}
	return 0
}

func (m *amnezia) setNumbers(a attributes) {
	for typ, to := range m.numbers() {
		if b, ok := a[typ]; ok {
			*to = host.Uint16(b)
		}
	}
}

// check2 checks all parameters of version 2 at each request.
func (m *amnezia) check2() syscall.Errno {
	if !m.enabled {
		return 0
	}
	if m.Jc > 0 && m.Jmin == m.Jmax {
		m.Jmax++
	}
	if m.Jmax >= maxMessage || m.Jmax > 0 && m.Jmax < m.Jmin || m.overlap() ||
		int(m.S1)+148 > maxMessage || int(m.S2)+92 > maxMessage || int(m.S3)+64 > maxMessage || int(m.S4)+32 > maxMessage {
		return syscall.EINVAL
	}
	for _, s := range m.texts() {
		if errno := checkPacket(*s, maxMessage, syscall.EINVAL); errno != 0 {
			return errno
		}
	}
	return 0
}

// set3 stores the parameters of version 3 one by one, until one is bad.
func (m *amnezia) set3(a attributes) syscall.Errno {
	const minProtected = 12
	for _, typ := range []uint16{devJc, devJmin, devJmax, devS1, devS2, devS3, devS4} {
		b, ok := a[typ]
		if !ok {
			continue
		}
		if _, hasKey := a[devKey]; typ >= devS1 && (m.hasKey || hasKey) && host.Uint16(b) < minProtected {
			return syscall.EINVAL
		}
		*m.numbers()[typ] = host.Uint16(b)
	}
	if _, ok := a[devKey]; ok && (m.S1 < minProtected || m.S2 < minProtected || m.S3 < minProtected || m.S4 < minProtected) {
		return syscall.EINVAL
	}
	if errno := m.setHeaders3(a); errno != 0 {
		return errno
	}
	for i, s := range m.texts() {
		if b, ok := a[devI1+uint16(i)]; ok {
			if errno := checkPacket(text(b), 1<<22, syscall.ENOMEM); errno != 0 {
				return errno
			}
			*s, m.packets[i] = text(b), true
		}
	}
	if b, ok := a[devKey]; ok {
		m.HeaderProtectionKey, m.hasKey = wgtypes.NewHeaderProtectionKey([wgtypes.KeyLen]byte(b)), true
	}
	for i, r := range m.ranges() {
		if b, ok := a[devPad+uint16(i)]; ok {
			*r = wgtypes.Range{Lo: host.Uint32(b) & 0xffff, Hi: host.Uint32(b) >> 16}
		}
	}
	for typ, to := range map[uint16]*bool{devRT: &m.RandomTrailers, devDC: &m.DisableCookies} {
		if b, ok := a[typ]; ok {
			*to = b[0] != 0
		}
	}
	return 0
}

// setHeaders3 compares each new message type with the others after the request.
func (m *amnezia) setHeaders3(a attributes) syscall.Errno {
	next := *m
	for i, h := range next.headers() {
		if b, ok := a[devH1+uint16(i)]; ok {
			*h, _ = m.parseHeader(*h, b)
		}
	}
	after := next.headers()
	for i, h := range m.headers() {
		if _, ok := a[devH1+uint16(i)]; !ok {
			continue
		}
		for j := range after {
			if j != i && after[i].Lo <= after[j].Hi && after[j].Lo <= after[i].Hi {
				return syscall.EINVAL
			}
		}
		*h = *after[i]
	}
	return 0
}

// parseHeader parses a message type. In version 2 the ends that precede an error
// replace those of old.
func (m *amnezia) parseHeader(old wgtypes.Range, b []byte) (wgtypes.Range, syscall.Errno) {
	switch m.genlVersion() {
	case 1:
		if len(b) != 4 {
			return old, syscall.EINVAL
		}
		return wgtypes.Range{Lo: host.Uint32(b), Hi: host.Uint32(b)}, 0
	case 3:
		if len(b) != 8 {
			return old, syscall.EINVAL
		}
		n := host.Uint64(b)
		return wgtypes.Range{Lo: uint32(n), Hi: uint32(n >> 32)}, 0
	}
	lo, hi, isRange := strings.Cut(text(b), "-")
	n, errno := parseUint32(lo)
	if errno != 0 {
		return old, errno
	}
	old.Lo = n
	if isRange {
		if n, errno = parseUint32(hi); errno != 0 {
			return old, errno
		}
	}
	if old.Hi = n; old.Lo > old.Hi {
		return old, syscall.EINVAL
	}
	return old, 0
}

// parseUint32 parses a number as kstrtouint of the kernel does.
func parseUint32(s string) (uint32, syscall.Errno) {
	s = strings.TrimPrefix(s, "+")
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, syscall.EINVAL
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, syscall.ERANGE
	}
	return uint32(n), 0
}

// checkPacket returns the error for the description of a packet. That of a packet of more
// than limit bytes is tooLong.
func checkPacket(s string, limit int, tooLong syscall.Errno) syscall.Errno {
	size := 0
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			return 0
		}
		tag, after, _ := strings.Cut(rest, ">")
		name, argument, has := strings.Cut(tag, " ")
		switch name {
		case "b":
			digits, ok := strings.CutPrefix(argument, "0x")
			if !ok || digits == "" || len(digits)%2 != 0 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
				return syscall.EINVAL
			}
			size += len(digits) / 2
		case "r", "rc", "rd":
			n, err := strconv.ParseInt(argument, 10, 32)
			if err != nil {
				return syscall.EINVAL
			}
			if n < 0 {
				return syscall.ENOMEM
			}
			size += int(n)
		case "t", "c":
			if has {
				return syscall.EINVAL
			}
			size += 4
		default:
			return syscall.EINVAL
		}
		if size > limit {
			return tooLong
		}
		s = after
	}
}
