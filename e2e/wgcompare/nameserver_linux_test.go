package wgcompare

import (
	"encoding/binary"
	"net"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// Response codes, record types and flags of RFC 1035 and RFC 3596.
const (
	dnsServerFailure = 2
	dnsNoSuchName    = 3
	dnsRefused       = 5

	dnsA    = 1
	dnsAAAA = 28

	dnsResponse  = 1 << 15
	dnsRecursion = 1<<8 | 1<<7 // desired, available
)

// startNameserver is the script command "nameserver". It starts a name server in
// both worlds, which answers by the end of the name:
//
//	.v4      192.0.2.53
//	.v6      2001:db8::53
//	.empty   exists, but has no address
//	.fail    the server fails
//	.refuse  the server refuses
//
// Other names do not exist.
func startNameserver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("nameserver %q, want no arguments", args)
	}
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		var s net.PacketConn
		err := c.worlds[i].Do(func() (err error) {
			s, err = net.ListenPacket("udp4", "127.0.0.1:53")
			return err
		})
		if err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			serveNames(s)
		}()
		ts.Defer(func() {
			s.Close()
			<-ended
		})
		return nil
	}))
}

func serveNames(s net.PacketConn) {
	b := make([]byte, 1500)
	for {
		n, from, err := s.ReadFrom(b)
		if err != nil {
			return
		}
		if answer := answerName(b[:n]); answer != nil {
			s.WriteTo(answer, from)
		}
	}
}

const dnsHeader = 12

// answerName returns the answer to a query with one question, or nil if the query
// is something else.
func answerName(query []byte) []byte {
	if len(query) < dnsHeader || binary.BigEndian.Uint16(query[4:]) != 1 {
		return nil
	}
	name, rest := readName(query[dnsHeader:])
	if len(rest) < 4 {
		return nil
	}
	code, address := lookup(name, binary.BigEndian.Uint16(rest))
	question := query[dnsHeader : len(query)-len(rest)+4]
	b := append([]byte(nil), query[:2]...)
	b = binary.BigEndian.AppendUint16(b, dnsResponse|dnsRecursion|code)
	answers := uint16(0)
	if address != nil {
		answers = 1
	}
	for _, count := range []uint16{1, answers, 0, 0} {
		b = binary.BigEndian.AppendUint16(b, count)
	}
	b = append(b, question...)
	if address != nil {
		b = append(b, 0xc0, dnsHeader)           // the name of the question
		b = append(b, rest[:4]...)               // its type and class
		b = binary.BigEndian.AppendUint32(b, 60) // seconds to live
		b = binary.BigEndian.AppendUint16(b, uint16(len(address)))
		b = append(b, address...)
	}
	return b
}

// readName reads labels up to the empty label.
func readName(b []byte) (name string, rest []byte) {
	var labels []string
	for len(b) > 0 && b[0] != 0 && len(b) > int(b[0]) {
		labels = append(labels, string(b[1:1+b[0]]))
		b = b[1+b[0]:]
	}
	return strings.ToLower(strings.Join(labels, ".")), b[min(1, len(b)):]
}

func lookup(name string, kind uint16) (code uint16, address []byte) {
	end := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case end == "v4" && kind == dnsA:
		return 0, net.IPv4(192, 0, 2, 53).To4()
	case end == "v6" && kind == dnsAAAA:
		return 0, net.ParseIP("2001:db8::53")
	case end == "v4" || end == "v6" || end == "empty":
		return 0, nil
	case end == "fail":
		return dnsServerFailure, nil
	case end == "refuse":
		return dnsRefused, nil
	}
	return dnsNoSuchName, nil
}
