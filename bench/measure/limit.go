//go:build linux

package main

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

func nothing() error { return nil }

func drainDump(t task) (job, error)  { return drains(t, 1) }
func drainDumps(t task) (job, error) { return drains(t, polls) }

// drains receives dumps of the device without parsing them.
func drains(t task, times int) (job, error) {
	s, request, err := dumpRequest(t.device)
	if err != nil {
		return job{}, err
	}
	op := func() error {
		for range times {
			if err := s.exchange(request); err != nil {
				return err
			}
		}
		return nil
	}
	return job{op, nothing, func() int { return s.messages }}, nil
}

func dumpRequest(device string) (*socket, []byte, error) {
	link, err := net.InterfaceByName(device)
	if err != nil {
		return nil, nil, err
	}
	id, err := family()
	if err != nil {
		return nil, nil, err
	}
	s, err := openSocket(unix.NETLINK_GENERIC)
	return s, nlwire.AppendGet(nil, nlwire.Header{Type: id}, uint32(link.Index)), err
}

// drainDevices receives the list of devices and then the dump of each device, without
// parsing them. It knows the devices and the family.
func drainDevices(task) (job, error) {
	links, err := net.Interfaces()
	if err != nil {
		return job{}, err
	}
	id, err := family()
	if err != nil {
		return job{}, err
	}
	route, err := openSocket(unix.NETLINK_ROUTE)
	if err != nil {
		return job{}, err
	}
	dumps, err := openSocket(unix.NETLINK_GENERIC)
	if err != nil {
		return job{}, err
	}
	list := nlwire.AppendListLinks(nil, nlwire.Header{}, nlwire.Family)
	var requests [][]byte
	for _, link := range links {
		if link.Flags&net.FlagLoopback == 0 {
			requests = append(requests, nlwire.AppendGet(nil, nlwire.Header{Type: id}, uint32(link.Index)))
		}
	}
	op := func() error {
		if err := route.exchange(list); err != nil {
			return err
		}
		for _, request := range requests {
			if err := dumps.exchange(request); err != nil {
				return err
			}
		}
		return nil
	}
	return job{op, nothing, func() int { return route.messages + dumps.messages }}, nil
}

// drainLinks receives the list of WireGuard links without parsing it.
func drainLinks(task) (job, error) {
	s, err := openSocket(unix.NETLINK_ROUTE)
	if err != nil {
		return job{}, err
	}
	request := nlwire.AppendListLinks(nil, nlwire.Header{}, nlwire.Family)
	op := func() error { return s.exchange(request) }
	check := func() error {
		if s.messages != 3 { // the request, one link and the end
			return fmt.Errorf("the list took %d messages, want 3", s.messages)
		}
		return nil
	}
	return job{op, check, func() int { return s.messages }}, nil
}

// sendEncoded sends encoded messages that are as large as the format allows.
func sendEncoded(t task) (job, error) {
	link, err := net.InterfaceByName(t.device)
	if err != nil {
		return job{}, err
	}
	id, err := family()
	if err != nil {
		return job{}, err
	}
	s, err := openSocket(unix.NETLINK_GENERIC)
	if err != nil {
		return job{}, err
	}
	var encoded [][]byte
	for part := range nlwire.Split(t.config(), nlwire.MaxSet, 0) {
		encoded = append(encoded, nlwire.AppendSet(nil, nlwire.Header{Type: id}, uint32(link.Index), &part, 0))
	}
	op := func() error {
		for _, b := range encoded {
			if err := s.exchange(b); err != nil {
				return err
			}
		}
		return nil
	}
	return job{op, nothing, func() int { return s.messages }}, nil
}
