package nltest

import (
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

const (
	flagCapped  = 0x100 // NLM_F_CAPPED
	flagAckTLVs = 0x200 // NLM_F_ACK_TLVS

	ackMessage = 1 // NLMSGERR_ATTR_MSG
)

// AppendAck appends an Error (h.Type TypeError) that answers a request capped
// to its header, or a Done (TypeDone).
func AppendAck(b []byte, h nlwire.Header, ack nlwire.Ack, request nlwire.Header) []byte {
	start := len(b)
	if h.Type == nlwire.TypeError {
		h.Flags |= flagCapped
	}
	if ack.Text != "" {
		h.Flags |= flagAckTLVs
	}
	b = appendHeader(b, h)
	b = host.AppendUint32(b, uint32(-int32(ack.Errno)))
	if h.Type == nlwire.TypeError {
		b = finish(appendHeader(b, request), len(b))
	}
	if ack.Text != "" {
		b = appendText(b, ackMessage, ack.Text)
	}
	return finish(b, start)
}

// Message types and attributes of links (linux/rtnetlink.h, linux/if_link.h).
const (
	NewLink = 16 // RTM_NEWLINK
	DelLink = 17 // RTM_DELLINK
	GetLink = 18 // RTM_GETLINK

	linkName    = 3  // IFLA_IFNAME
	linkMTU     = 4  // IFLA_MTU
	linkInfo    = 18 // IFLA_LINKINFO
	linkNetNSFD = 28 // IFLA_NET_NS_FD

	infoKind = 1 // IFLA_INFO_KIND

	flagUp     = 1  // IFF_UP
	ifinfoSize = 16 // struct ifinfomsg
)

// AppendLink appends a link as a kernel reports it.
func AppendLink(b []byte, h nlwire.Header, l nlwire.Link) []byte {
	start := len(b)
	h.Type = NewLink
	b = appendHeader(b, h)
	b = append(b, 0, 0, 0, 0)
	b = host.AppendUint32(b, l.Index)
	var flags uint32
	if l.Up {
		flags = flagUp
	}
	b = host.AppendUint32(b, flags)
	b = host.AppendUint32(b, 0)
	b = appendText(b, linkName, l.Name)
	b = appendU32(b, linkMTU, l.MTU)
	if l.Kind != "" {
		nest := len(b)
		b = setLength(appendText(appendNest(b, linkInfo), infoKind, l.Kind), nest)
	}
	return finish(b, start)
}

// Message types, commands and attributes of the controller of generic netlink
// (linux/genetlink.h).
const (
	controlFamily    = 16 // GENL_ID_CTRL
	commandGetFamily = 3  // CTRL_CMD_GETFAMILY
	commandNewFamily = 1  // CTRL_CMD_NEWFAMILY

	familyID      = 1 // CTRL_ATTR_FAMILY_ID
	familyName    = 2
	familyVersion = 3
	familyHdrSize = 4
	familyMaxAttr = 5
)

// FamilyReply returns the controller's answer to a lookup of AmneziaWG's family.
func FamilyReply(h nlwire.Header, id uint16, version, maxAttr uint32) []byte {
	b := appendHeader(nil, nlwire.Header{Type: controlFamily, Seq: h.Seq, PID: h.PID})
	b = append(b, commandNewFamily, 2, 0, 0)
	b = appendText(b, familyName, nlwire.AmneziaFamily)
	b = appendU16(b, familyID, id)
	b = appendU32(b, familyVersion, version)
	b = appendU32(b, familyHdrSize, 0)
	b = appendU32(b, familyMaxAttr, maxAttr)
	return finish(b, 0)
}
