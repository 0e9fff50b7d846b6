package nlwire

import "syscall"

// Header is struct nlmsghdr without its length.
type Header struct {
	Type  uint16
	Flags uint16
	Seq   uint32
	PID   uint32 // the port of the socket, 0 for the kernel's
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

// appendHeader appends a message's header; finish gives it its length when the
// rest was appended. start is len(b) from before appendHeader.
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

// appendGenl appends struct genlmsghdr. NB: newer kernels refuse a dirty
// reserved field.
func appendGenl(b []byte, command uint8) []byte {
	return append(b, command, genlVersion, 0, 0)
}

// Messages is a cursor over the messages of one datagram. Header and Payload
// are those of the message that Next moved to; Payload aliases the datagram.
type Messages struct {
	Header  Header
	Payload []byte

	rest []byte
	err  error
}

// NewMessages returns a cursor over the messages of datagram.
func NewMessages(datagram []byte) Messages { return Messages{rest: datagram} }

// Next moves to the next message, and returns false after the last one or at
// an error, which Err returns.
func (m *Messages) Next() bool {
	if m.err != nil || len(m.rest) == 0 {
		return false
	}
	if len(m.rest) < messageHeader {
		m.err = malformed("%d bytes are no message", len(m.rest))
		return false
	}
	n := host.Uint32(m.rest)
	if n < messageHeader || uint64(n) > uint64(len(m.rest)) {
		m.err = malformed("a message of length %d in %d bytes", n, len(m.rest))
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

// Err returns what ended the messages early.
func (m *Messages) Err() error { return m.err }

// Ack is what NLMSG_ERROR and NLMSG_DONE say: an errno, 0 for success, and the
// text that some kernels add (NLMSGERR_ATTR_MSG).
type Ack struct {
	Errno syscall.Errno
	Text  string
}

const attrAckText = 1 // NLMSGERR_ATTR_MSG

// DecodeAck decodes the message that m is at, an Error or a Done. A Done
// without a number, as some dumps end, is success.
func DecodeAck(h Header, payload []byte) (Ack, error) {
	if h.Type == TypeDone && len(payload) == 0 {
		return Ack{}, nil
	}
	if len(payload) < 4 {
		return Ack{}, malformed("an acknowledgement of %d bytes", len(payload))
	}
	n := int32(host.Uint32(payload))
	if n > 0 || n < -4095 { // MAX_ERRNO
		return Ack{}, malformed("errno %d", n)
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

// ackTLVs returns what follows the request that an Error repeats: its header
// alone if the message is capped, all of it else. A Done repeats nothing.
func ackTLVs(h Header, b []byte) ([]byte, error) {
	if h.Type == TypeDone {
		return b, nil
	}
	if len(b) < messageHeader {
		return nil, malformed("an error that repeats %d bytes of a request", len(b))
	}
	skip := messageHeader
	if h.Flags&flagCapped == 0 {
		n := host.Uint32(b)
		if n < messageHeader || uint64(n) > uint64(len(b)) {
			return nil, malformed("an error that repeats %d bytes of a request of %d", len(b), n)
		}
		skip = min(align(int(n)), len(b))
	}
	return b[skip:], nil
}
