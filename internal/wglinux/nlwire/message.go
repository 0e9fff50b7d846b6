package nlwire

import "syscall"

// Header is struct nlmsghdr without its length.
type Header struct {
	Type  uint16
	Flags uint16
	Seq   uint32
	PID   uint32 // port of the socket, 0 for the kernel
}

const (
	messageHeader = 16 // struct nlmsghdr
	genlHeader    = 4  // struct genlmsghdr
)

// Message types and flags of linux/netlink.h.
const (
	TypeError = 2 // NLMSG_ERROR, also an acknowledgement
	TypeDone  = 3 // NLMSG_DONE

	FlagRequest  = 0x1
	FlagMulti    = 0x2
	FlagAck      = 0x4
	FlagDumpIntr = 0x10
	flagCapped   = 0x100
	flagAckTLVs  = 0x200
	FlagDump     = 0x300
	FlagExcl     = 0x200
	FlagCreate   = 0x400
)

// appendHeader appends a message's header. finish sets its length when the message
// is complete; start is len(b) before appendHeader.
func appendHeader(b []byte, h Header) []byte {
	b = host.AppendUint32(b, 0)
	b = host.AppendUint16(b, h.Type)
	b = host.AppendUint16(b, h.Flags)
	b = host.AppendUint32(b, h.Seq)
	return host.AppendUint32(b, h.PID)
}

func finish(b []byte, start int) []byte {
	host.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

// appendGenl appends struct genlmsghdr. Kernels since 6.19 refuse a reserved field
// that is not zero.
func appendGenl(b []byte, command uint8) []byte {
	return append(b, command, genlVersion, 0, 0)
}

// Messages is a cursor over the messages of one datagram. Header and Payload
// belong to the current message; Payload aliases the datagram.
type Messages struct {
	Header  Header
	Payload []byte

	rest []byte
	err  error
}

// NewMessages returns a cursor over the messages of datagram.
func NewMessages(datagram []byte) Messages { return Messages{rest: datagram} }

// Next moves to the next message. It returns false after the last one, or at a
// malformed one; Err tells which.
func (m *Messages) Next() bool {
	if m.err != nil || len(m.rest) == 0 {
		return false
	}
	if len(m.rest) < messageHeader {
		m.err = malformed("message header has %d bytes, want %d", len(m.rest), messageHeader)
		return false
	}
	n := host.Uint32(m.rest)
	if n < messageHeader || uint64(n) > uint64(len(m.rest)) {
		m.err = malformed("message of length %d in %d bytes", n, len(m.rest))
		return false
	}
	m.Header = Header{
		Type:  host.Uint16(m.rest[4:]),
		Flags: host.Uint16(m.rest[6:]),
		Seq:   host.Uint32(m.rest[8:]),
		PID:   host.Uint32(m.rest[12:]),
	}
	m.Payload = m.rest[messageHeader:n]
	m.rest = m.rest[min(align(int(n)), len(m.rest)):]
	return true
}

// Err returns the error of a malformed message, or nil.
func (m *Messages) Err() error { return m.err }

// Ack is the content of NLMSG_ERROR and NLMSG_DONE: an errno, 0 for success, and the
// error text that some kernels add (NLMSGERR_ATTR_MSG).
type Ack struct {
	Errno syscall.Errno
	Text  string
}

const attrAckText = 1 // NLMSGERR_ATTR_MSG

// DecodeAck decodes an NLMSG_ERROR or NLMSG_DONE. A Done without an errno, which
// ends some dumps, means success.
func DecodeAck(h Header, payload []byte) (Ack, error) {
	if h.Type == TypeDone && len(payload) == 0 {
		return Ack{}, nil
	}
	if len(payload) < 4 {
		return Ack{}, malformed("acknowledgement of %d bytes, want at least 4", len(payload))
	}
	n := int32(host.Uint32(payload))
	if n > 0 || n < -4095 { // MAX_ERRNO
		return Ack{}, malformed("errno %d, want -4095 to 0", n)
	}
	ack := Ack{Errno: syscall.Errno(-n)}
	if h.Flags&flagAckTLVs == 0 {
		return ack, nil
	}
	tlvs, err := ackTLVs(h, payload[4:])
	if err != nil {
		return Ack{}, err
	}
	a := attrsOf(tlvs)
	for a.next() {
		if a.typ == attrAckText {
			ack.Text = a.text()
		}
	}
	return ack, a.err
}

// ackTLVs returns the attributes of an acknowledgement. In an Error they follow the
// request: only its header if the message is capped, the whole request otherwise.
func ackTLVs(h Header, b []byte) ([]byte, error) {
	if h.Type == TypeDone {
		return b, nil
	}
	if len(b) < messageHeader {
		return nil, malformed("error repeats %d bytes of the request, want at least %d", len(b), messageHeader)
	}
	skip := messageHeader
	if h.Flags&flagCapped == 0 {
		n := host.Uint32(b)
		if n < messageHeader || uint64(n) > uint64(len(b)) {
			return nil, malformed("error repeats %d bytes of a request of %d bytes", len(b), n)
		}
		skip = min(align(int(n)), len(b))
	}
	return b[skip:], nil
}
