//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// batchSize is the number of requests in one datagram. If all of them fail, the
	// replies still fit into the kernel's default receive buffer.
	batchSize = 128
	// dumpAttempts is how often a dump is repeated that a change interrupted.
	dumpAttempts = 10
	// receiveBuffer is the size of the largest datagram of a dump.
	receiveBuffer = 32 << 10
)

// errInterrupted is the error of a dump that changes interrupted again and again.
var errInterrupted = errors.New("the list changed while it was read")

// conn returns the socket for rtnetlink. The caller holds h.mu.
func (h *Host) conn() (*netlink.Conn, error) {
	if h.route != nil {
		return h.route, nil
	}
	var c *netlink.Conn
	err := h.ns.dial(func(fd int) (err error) {
		c, err = netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{NetNS: fd, MessageBufferSize: receiveBuffer})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open a route netlink socket: %w", err)
	}
	// Kernels before 4.20 filter no dumps, and before 4.12 they explain no errors.
	_ = c.SetOption(netlink.ExtendedAcknowledge, true)
	_ = c.SetOption(netlink.GetStrictCheck, true)
	h.route = c
	return c, nil
}

// drop closes a socket that may still receive replies. The caller holds h.mu.
func (h *Host) drop() {
	if h.route != nil {
		_ = h.route.Close()
		h.route = nil
	}
}

// message returns a request. The attributes follow those of body.
func message(typ int, flags netlink.HeaderFlags, body rtnetlink.Message, attributes ...netlink.Attribute) (netlink.Message, error) {
	data, err := body.MarshalBinary()
	if err != nil {
		return netlink.Message{}, err
	}
	more, err := netlink.MarshalAttributes(attributes)
	if err != nil {
		return netlink.Message{}, err
	}
	return netlink.Message{
		Header: netlink.Header{Type: netlink.HeaderType(typ), Flags: netlink.Request | flags},
		Data:   append(data, more...),
	}, nil
}

// dump returns the list that a request asks for.
func (h *Host) dump(ctx context.Context, typ int, body rtnetlink.Message) ([]netlink.Message, error) {
	for range dumpAttempts {
		list, err := h.query(ctx, typ, netlink.Dump, body)
		if err != nil || !interrupted(list) {
			return list, err
		}
	}
	return nil, errInterrupted
}

func interrupted(list []netlink.Message) bool {
	for _, m := range list {
		if m.Header.Flags&netlink.DumpInterrupted != 0 {
			return true
		}
	}
	return false
}

// query sends a request that changes nothing, and returns its reply.
func (h *Host) query(ctx context.Context, typ int, flags netlink.HeaderFlags, body rtnetlink.Message, attributes ...netlink.Attribute) ([]netlink.Message, error) {
	m, err := message(typ, flags, body, attributes...)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c, err := h.conn()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	reply, err := c.Execute(m)
	refusal := refused(err)
	if !stop() || (err != nil && refusal == nil) {
		h.drop()
	}
	switch {
	case refusal != nil:
		return nil, refusal.explain()
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return reply, err
}

// failure is a request of a batch that the kernel refused.
type failure struct {
	index int
	err   error
}

// change sends requests that the kernel processes in their order, several in each
// datagram. It returns the refused requests, and the replies that are not
// acknowledgements. It ends with the first datagram that has a refused request; sent is
// the number of requests until then.
func (h *Host) change(ctx context.Context, requests []netlink.Message) (sent int, replies []netlink.Message, failures []failure, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, err := h.conn()
	if err != nil {
		return 0, nil, nil, err
	}
	for sent < len(requests) && len(failures) == 0 {
		if err := ctx.Err(); err != nil {
			return sent, replies, nil, err
		}
		batch := requests[sent:min(sent+batchSize, len(requests))]
		more, refusals, err := exchangeBatch(c, batch)
		if err != nil {
			h.drop()
			return sent, replies, nil, err
		}
		for _, r := range refusals {
			failures = append(failures, failure{sent + int(r.Sequence-batch[0].Header.Sequence), r.explain()})
		}
		replies = append(replies, more...)
		sent += len(batch)
	}
	return sent, replies, failures, nil
}

// exchangeBatch sends a datagram and receives its replies. Only the last request asks for
// an acknowledgement: the kernel always reports errors.
func exchangeBatch(c *netlink.Conn, batch []netlink.Message) (replies []netlink.Message, refusals []*refusal, err error) {
	batch[len(batch)-1].Header.Flags |= netlink.Acknowledge
	if _, err := c.SendMessages(batch); err != nil {
		return nil, nil, err
	}
	last := batch[len(batch)-1].Header.Sequence
	for {
		messages, err := c.Receive()
		if r := refused(err); r != nil {
			refusals = append(refusals, r)
			if r.Sequence == last {
				return replies, refusals, nil
			}
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for _, m := range messages {
			if m.Header.Type != netlink.Error {
				replies = append(replies, m)
			} else if m.Header.Sequence == last {
				return replies, refusals, nil
			}
		}
	}
}

// changeOne sends a request and returns its replies other than the acknowledgement.
func (h *Host) changeOne(ctx context.Context, typ int, flags netlink.HeaderFlags, body rtnetlink.Message, attributes ...netlink.Attribute) ([]netlink.Message, error) {
	m, err := message(typ, flags, body, attributes...)
	if err != nil {
		return nil, err
	}
	_, replies, failures, err := h.change(ctx, []netlink.Message{m})
	if err == nil && len(failures) > 0 {
		err = failures[0].err
	}
	return replies, err
}

// refusal is an error in a reply of the kernel.
type refusal netlink.OpError

// refused returns the refusal in err, or nil for another error.
func refused(err error) *refusal {
	var op *netlink.OpError
	if !errors.As(err, &op) {
		return nil
	}
	// Errors of system calls have another type.
	if _, ok := op.Err.(syscall.Errno); !ok {
		return nil
	}
	return (*refusal)(op)
}

// explain returns the error number with the kernel's explanation.
func (r *refusal) explain() error {
	if r.Message == "" {
		return r.Err
	}
	return fmt.Errorf("%w: %s", r.Err, r.Message)
}
