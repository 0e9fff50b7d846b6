package nlwire

// Message types and attributes of links (linux/rtnetlink.h, linux/if_link.h).
const (
	typeNewLink = 16 // RTM_NEWLINK
	typeDelLink = 17 // RTM_DELLINK
	typeGetLink = 18 // RTM_GETLINK

	linkName    = 3  // IFLA_IFNAME, text
	linkMTU     = 4  // IFLA_MTU, u32
	linkInfo    = 18 // IFLA_LINKINFO, nest
	linkNetNSFD = 28 // IFLA_NET_NS_FD, u32
	linkExtMask = 29 // IFLA_EXT_MASK, u32

	infoKind = 1 // IFLA_INFO_KIND, text

	skipStats = 1 << 3 // RTEXT_FILTER_SKIP_STATS
	flagUp    = 1      // IFF_UP

	ifinfoSize = 16 // struct ifinfomsg
)

// Link is the state of a network interface.
type Link struct {
	Index uint32
	Name  string
	// Kind is the driver's name, "" for interfaces without one, such as lo.
	Kind string
	MTU  uint32
	Up   bool
}

// LinkChange holds the properties of a new link, or the changes of an existing one.
// Zero fields are not sent.
type LinkChange struct {
	MTU   *uint32
	Up    *bool
	NetNS int // file descriptor of the network namespace, 0 for the socket's
}

// AppendListLinks appends the request for a dump of the links of that kind,
// without their statistics. The kernel ignores the kind and sends every link if the
// driver is not loaded.
func AppendListLinks(b []byte, h Header, kind string) []byte {
	h.Type, h.Flags = typeGetLink, FlagRequest|FlagDump
	return appendLink(b, h, 0, 0, 0, func(b []byte) []byte {
		b = appendU32(b, linkExtMask, skipStats)
		return appendKind(b, kind)
	})
}

// AppendGetLink appends the request for the link with that index or, if index is 0,
// with that name.
func AppendGetLink(b []byte, h Header, index uint32, name string) []byte {
	h.Type, h.Flags = typeGetLink, FlagRequest
	return appendLink(b, h, index, 0, 0, func(b []byte) []byte {
		if index == 0 {
			b = appendText(b, linkName, name)
		}
		return appendU32(b, linkExtMask, skipStats)
	})
}

// AppendNewLink appends the request that creates a link. The kernel refuses it if
// the name is in use.
func AppendNewLink(b []byte, h Header, name, kind string, change LinkChange) []byte {
	h.Type, h.Flags = typeNewLink, FlagRequest|FlagAck|FlagCreate|FlagExcl
	flags, mask := change.flags()
	return appendLink(b, h, 0, flags, mask, func(b []byte) []byte {
		b = appendText(b, linkName, name)
		b = change.append(b)
		return appendKind(b, kind)
	})
}

// AppendSetLink appends the request that changes the link with that index.
func AppendSetLink(b []byte, h Header, index uint32, change LinkChange) []byte {
	h.Type, h.Flags = typeNewLink, FlagRequest|FlagAck
	flags, mask := change.flags()
	return appendLink(b, h, index, flags, mask, change.append)
}

// AppendDelLink appends the request that removes the link with that index. The
// kernel does so for links of any kind.
func AppendDelLink(b []byte, h Header, index uint32) []byte {
	h.Type, h.Flags = typeDelLink, FlagRequest|FlagAck
	return appendLink(b, h, index, 0, 0, func(b []byte) []byte { return b })
}

// appendLink appends a message about a link; attributes appends its attributes.
func appendLink(b []byte, h Header, index, flags, mask uint32, attributes func([]byte) []byte) []byte {
	start := len(b)
	b = appendHeader(b, h)
	b = append(b, 0, 0, 0, 0) // family and type: any
	b = host.AppendUint32(b, index)
	b = host.AppendUint32(b, flags)
	b = host.AppendUint32(b, mask)
	return finish(attributes(b), start)
}

func (c LinkChange) flags() (flags, mask uint32) {
	if c.Up == nil {
		return 0, 0
	}
	if *c.Up {
		flags = flagUp
	}
	return flags, flagUp
}

func (c LinkChange) append(b []byte) []byte {
	if c.MTU != nil {
		b = appendU32(b, linkMTU, *c.MTU)
	}
	if c.NetNS != 0 {
		b = appendU32(b, linkNetNSFD, uint32(c.NetNS))
	}
	return b
}

func appendKind(b []byte, kind string) []byte {
	start := len(b)
	b = beginNest(b, linkInfo)
	b = appendText(b, infoKind, kind)
	return endNest(b, start)
}

// DecodeLink decodes a reply or a notification about a link.
func DecodeLink(h Header, payload []byte) (l Link, err error) {
	if h.Type != typeNewLink && h.Type != typeDelLink {
		return l, malformed("message type %d is not about a link", h.Type)
	}
	if len(payload) < ifinfoSize {
		return l, malformed("link message of %d bytes, want at least %d", len(payload), ifinfoSize)
	}
	l.Index = host.Uint32(payload[4:])
	l.Up = host.Uint32(payload[8:])&flagUp != 0
	a := attrsOf(payload[ifinfoSize:])
	for a.next() {
		switch a.typ {
		case linkName:
			l.Name = a.text()
		case linkMTU:
			decodeNumber(&a, &l.MTU)
		case linkInfo:
			info := attrsOf(a.payload())
			for info.next() {
				if info.typ == infoKind {
					l.Kind = info.text()
				}
			}
			a.adopt(info.err)
		}
	}
	return l, a.err
}
