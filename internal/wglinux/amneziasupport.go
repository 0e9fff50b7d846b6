//go:build linux

package wglinux

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// unsupported returns an errors.ErrUnsupported for a parameter of AmneziaWG.
func unsupported(parameter, format string, args ...any) error {
	return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("parameter %s: %s", parameter, fmt.Sprintf(format, args...)))
}

// checkKeepalive returns an errors.ErrUnsupported for a range of keepalive intervals that
// the version does not have.
func checkKeepalive(version wgtypes.AmneziaVersion, peers []wgtypes.PeerConfig) error {
	if version >= wgtypes.AmneziaV30 {
		return nil
	}
	for i := range peers {
		if p := &peers[i]; p.PersistentKeepaliveMax != 0 {
			return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("peer %d (%s): PersistentKeepaliveMax needs AmneziaWG %v, the device has %v",
				i, p.PublicKey, wgtypes.AmneziaV30, version))
		}
	}
	return nil
}

// checkSupported returns an errors.ErrUnsupported if a module of that version cannot
// change a device with the valid parameters have to the valid parameters want.
func checkSupported(version wgtypes.AmneziaVersion, have, want *wgtypes.Amnezia) error {
	for _, p := range wgtypes.AmneziaParameters() {
		if p.Since() > version && !p.Equal(have, want) {
			return unsupported(p.Key(), "needs AmneziaWG %v, the device has %v", p.Since(), version)
		}
	}
	if version < wgtypes.AmneziaV20 {
		if err := checkSingleHeaders(version, have, want); err != nil {
			return err
		}
	}
	if version < wgtypes.AmneziaV30 {
		if err := checkSizes(version, want); err != nil {
			return err
		}
	}
	if want.HeaderProtectionKey.IsZero() && !have.HeaderProtectionKey.IsZero() {
		return unsupported("HeaderProtectionKey", "the kernel module cannot remove the key; delete the link and create it again")
	}
	return checkPackets(want)
}

// checkSingleHeaders checks message types for version 1, which has no ranges and ignores
// 1 to 4, WireGuard's own types. It also needs initiations and responses of different
// lengths.
func checkSingleHeaders(version wgtypes.AmneziaVersion, have, want *wgtypes.Amnezia) error {
	old := wginternal.AmneziaHeaders(have)
	for i, h := range wginternal.AmneziaHeaders(want) {
		name := "H" + strconv.Itoa(i+1)
		switch {
		case h.Lo != h.Hi:
			return unsupported(name, "range %v needs AmneziaWG %v, the device has %v", h, wgtypes.AmneziaV20, version)
		case h.Lo <= 4 && h != old[i]:
			return unsupported(name, "the kernel module of AmneziaWG %v cannot change it to %v; delete the link and create it again", version, h)
		}
	}
	sizes := wginternal.MessageSizes()
	if shorter := sizes[0] - sizes[1]; int(want.S2) == int(want.S1)+shorter {
		return unsupported("S2", "AmneziaWG %v cannot have S2 = S1 + %d, which gives handshake responses the length of initiations",
			version, shorter)
	}
	return nil
}

// maxMessageSize is the module's limit of a message (MESSAGE_MAX_SIZE).
const maxMessageSize = 65535

// checkSizes checks the sizes of junk packets and prefixes for versions 1 and 2.
func checkSizes(version wgtypes.AmneziaVersion, want *wgtypes.Amnezia) error {
	if want.Jmax == math.MaxUint16 {
		return unsupported("Jmax", "%d is too large for AmneziaWG %v, which takes up to %d", want.Jmax, version, maxMessageSize-1)
	}
	if want.Jc > 0 && want.Jmin == want.Jmax {
		return unsupported("Jmax", "the kernel module of AmneziaWG %v would change it to %d, because it is equal to Jmin", version, want.Jmax+1)
	}
	sizes := wginternal.MessageSizes()
	for i, prefix := range wginternal.AmneziaPrefixes(want) {
		if most := maxMessageSize - 1 - sizes[i]; prefix > most {
			return unsupported("S"+strconv.Itoa(i+1), "%d is too large for AmneziaWG %v, which takes up to %d", prefix, version, most)
		}
	}
	return nil
}

// maxPackets is the largest size of I1 to I5 together. A kernel reports all parameters
// in one message of at most 32 KiB, which must also have room for a peer. If they do not
// fit, no program can read the device.
const maxPackets = 30000

// checkPackets checks I1 to I5 for the tags and sizes that the module accepts.
func checkPackets(want *wgtypes.Amnezia) error {
	total := 0
	for i, packet := range wginternal.AmneziaPackets(want) {
		name := "I" + strconv.Itoa(i+1)
		size, bad := packetSize(packet)
		switch {
		case bad != "":
			return unsupported(name, "the kernel module does not accept the tag %.40q", bad)
		case size > maxMessageSize:
			return unsupported(name, "the packet has %d bytes, more than %d", size, maxMessageSize)
		}
		if total += len(packet); total > maxPackets {
			return unsupported(name, "I1 to I5 have more than %d bytes together, which the kernel module cannot report", maxPackets)
		}
	}
	return nil
}

// packetSize returns the size of a described packet, or the first tag that the module
// does not accept.
func packetSize(packet string) (size int, bad string) {
	for tag := range wginternal.PacketTags(packet) {
		n, ok := tagSize(tag)
		if !ok {
			return 0, "<" + tag + ">"
		}
		size += n
	}
	return size, ""
}

// tagSize returns the number of bytes that a tag stands for, or false if the module does
// not accept it.
func tagSize(tag string) (n int, ok bool) {
	name, argument, has := strings.Cut(tag, " ")
	switch name {
	case "b":
		digits, ok := strings.CutPrefix(argument, "0x")
		return len(digits) / 2, ok && digits != "" && len(digits)%2 == 0 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
	case "r", "rc", "rd":
		n, err := strconv.ParseUint(argument, 10, 16)
		return int(n), err == nil
	case "t", "c":
		return 4, !has
	}
	return 0, false
}
