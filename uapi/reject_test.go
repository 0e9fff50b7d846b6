package uapi_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const secret = "deadbeefdeadbeef"

func TestGetRejects(t *testing.T) {
	t.Parallel()
	const peer = "public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\n"
	const end = "errno=0\n\n"
	tests := []struct{ name, text, want string }{
		{"nothing", "", "missing empty line after line 0"},
		{"empty line", "\n", "line 1: want errno before the empty line"},
		{"no errno", "listen_port=1\n\n", "line 2: want errno"},
		{"no empty line", "errno=0\n", "missing empty line after line 1"},
		{"errno is not last", "errno=0\nlisten_port=1\n\n", "line 2: want an empty line"},
		{"two errnos", "errno=0\nerrno=0\n\n", "line 2: want an empty line"},
		{"no =", "hello\n" + end, "line 1: want a line of the form key=value"},
		{"no key", "=hello\n" + end, "line 1: want a line of the form key=value"},
		{"short private key", "private_key=" + secret + "\n" + end, "line 1: private_key: want 64 hex"},
		{"bad private key", "private_key=" + secret + strings.Repeat("g", 48) + "\n" + end, "line 1: private_key: want 64 hex"},
		{"bad own key", "own_public_key=\n" + end, "line 1: own_public_key: want"},
		{"port too large", "listen_port=65536\n" + end, "line 1: listen_port: want a decimal number up to 65535"},
		{"port with sign", "listen_port=+5\n" + end, "listen_port"},
		{"port empty", "listen_port=\n" + end, "listen_port"},
		{"mark too large", "fwmark=4294967296\n" + end, "fwmark"},
		{"mark in hex", "fwmark=0x5\n" + end, "fwmark"},
		{"bad public key", "public_key=00\n" + end, "line 1: public_key: want"},
		{"bad preshared key", peer + "preshared_key=" + secret + "\n" + end, "line 2: preshared_key: want"},
		{"host name", peer + "endpoint=localhost:5\n" + end, "endpoint"},
		{"port missing", peer + "endpoint=1.2.3.4\n" + end, "endpoint"},
		{"control byte in zone", peer + "endpoint=[fe80::1%a\rb]:5\n" + end, "endpoint"},
		{"no prefix length", peer + "allowed_ip=1.2.3.4\n" + end, "allowed_ip"},
		{"prefix too long", peer + "allowed_ip=1.2.3.4/33\n" + end, "allowed_ip"},
		{"removal", peer + "allowed_ip=-1.2.3.4/32\n" + end, "allowed_ip"},
		{"negative seconds", peer + "last_handshake_time_sec=-1\n" + end, "last_handshake_time_sec"},
		{"counter with sign", peer + "rx_bytes=+1\n" + end, "line 2: rx_bytes: want a decimal number"},
		{"empty counter", peer + "tx_bytes=\n" + end, "tx_bytes"},
		{"nanoseconds", peer + "last_handshake_time_nsec=1x\n" + end, "last_handshake_time_nsec"},
		{"seconds", peer + "last_handshake_time_sec=\n" + end, "last_handshake_time_sec"},
		{"brackets", peer + "endpoint=[::1:5\n" + end, "endpoint"},
		{"control byte in zone without brackets", peer + "endpoint=fe80::1%a\rb:5\n" + end, "endpoint"},
		{"empty endpoint", peer + "endpoint=\n" + end, "endpoint"},
		{"IPv6 without port", peer + "endpoint=2001:db8::1:\n" + end, "endpoint"},
		{"port of IPv6", peer + "endpoint=2001:db8::1:65536\n" + end, "endpoint"},
		{"empty prefix length", peer + "allowed_ip=1.2.3.4/\n" + end, "allowed_ip"},
		{"prefix length with zeros", peer + "allowed_ip=1.2.3.4/0033\n" + end, "allowed_ip"},
		{"errno is no number", "errno=x\n\n", "line 1: errno: want a decimal errno"},
		{"errno is empty", "errno=\n\n", "errno"},
		{"errno is too large", "errno=-2147483648\n\n", "errno"},
		{"errno is enormous", "errno=99999999999999999999999999\n\n", "errno"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := uapi.ParseDevice(strings.NewReader(test.text), time.Time{})
			if d != nil || !errors.Is(err, uapi.ErrProtocol) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("ParseDevice(%q) = %v, %v, want an ErrProtocol with %q", test.text, d, err, test.want)
			}
			if strings.Contains(err.Error(), "deadbeef") {
				t.Errorf("error = %v, want no part of the secret", err)
			}
		})
	}
}

func TestSetRejects(t *testing.T) {
	t.Parallel()
	const peer = "public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\n"
	tests := []struct{ name, text, want string }{
		{"nothing", "", "missing empty line after line 0"},
		{"no empty line", "set=1\n", "missing empty line after line 1"},
		{"another version", "set=2\n\n", "line 1: set: want version 1"},
		{"a get", "get=1\n\n", "line 1: want a key that is valid here"},
		{"set twice", "set=1\nset=1\n\n", "line 2: want a key"},
		{"no =", "set=1\nhello\n\n", "line 2: want a line"},
		{"unknown key", "set=1\nhello=1\n\n", "line 2: want a key"},
		{"peer's key first", "set=1\nendpoint=1.2.3.4:5\n\n", "line 2: want a key"},
		{"device's key last", "set=1\n" + peer + "fwmark=1\n\n", "line 3: want a key"},
		{"private key", "set=1\nprivate_key=" + secret + "\n\n", "line 2: private_key: want"},
		{"preshared key", "set=1\n" + peer + "preshared_key=" + secret + "\n\n", "line 3: preshared_key: want"},
		{"false", "set=1\nreplace_peers=false\n\n", "replace_peers: want true"},
		{"another word", "set=1\nreplace_peers=TRUE\n\n", "replace_peers: want true"},
		{"flag of a peer", "set=1\n" + peer + "remove=trus\n\n", "remove: want true"},
		{"port", "set=1\nlisten_port=65536\n\n", "listen_port: want"},
		{"mark", "set=1\nfwmark=off\n\n", "fwmark: want"},
		{"public key", "set=1\npublic_key=1\n\n", "public_key: want"},
		{"endpoint", "set=1\n" + peer + "endpoint=example.com:1\n\n", "endpoint: want"},
		{"keepalive", "set=1\n" + peer + "persistent_keepalive_interval=off\n\n", "persistent_keepalive_interval: want"},
		{"prefix", "set=1\n" + peer + "allowed_ip=--10.0.0.0/8\n\n", "allowed_ip: want"},
		{"no prefix", "set=1\n" + peer + "allowed_ip=\n\n", "allowed_ip: want"},
		{"version", "set=1\n" + peer + "protocol_version=2\n\n", "protocol_version: want 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := uapi.ParseSet(strings.NewReader(test.text))
			if !errors.Is(err, uapi.ErrProtocol) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("ParseSet(%q) = %v, want an ErrProtocol with %q", test.text, err, test.want)
			}
			if strings.Contains(err.Error(), "deadbeef") {
				t.Errorf("error = %v, want no part of the secret", err)
			}
		})
	}
}

func TestErrno(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{"", "-"} {
		for _, errno := range []syscall.Errno{syscall.EINVAL, syscall.EADDRINUSE, 4242, 1<<31 - 1} {
			reply := strings.Replace(string(uapi.AppendErrno(nil, errno)), "-", sign, 1)
			if err := uapi.ParseErrno(strings.NewReader(reply)); !errors.Is(err, errno) {
				t.Errorf("ParseErrno(%q) = %v, want %v", reply, err, errno)
			}
			// The same after the beginning of a device.
			reply = "listen_port=1\npublic_key=" + zeros + "\n" + reply
			if _, err := uapi.ParseDevice(strings.NewReader(reply), time.Time{}); !errors.Is(err, errno) {
				t.Errorf("ParseDevice(%q) = %v, want %v", reply, err, errno)
			}
		}
	}
	if err := uapi.ParseErrno(strings.NewReader("new=key\n" + string(uapi.AppendErrno(nil, 0)) + "rest")); err != nil {
		t.Errorf("ParseErrno of errno 0 = %v, want nil", err)
	}
	// A device may close the connection right after an errno.
	if err := uapi.ParseErrno(strings.NewReader("errno=-22\n")); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("ParseErrno without an empty line = %v, want %v", err, syscall.EINVAL)
	}
	for _, reply := range []string{"", "\n", "errno=0\n", "errno=0\nx=y\n\n", "x\n", "x=y\n\n", "errno=2147483648\n\n", "errno=--1\n\n"} {
		if err := uapi.ParseErrno(strings.NewReader(reply)); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("ParseErrno(%q) = %v, want %v", reply, err, uapi.ErrProtocol)
		}
	}
}

// TestCut truncates a reply and a request at every byte. All must be rejected.
func TestCut(t *testing.T) {
	t.Parallel()
	reply, request := getTests[1].text, setTests[3].text
	for n := range len(reply) {
		if d, err := uapi.ParseDevice(strings.NewReader(reply[:n]), time.Time{}); d != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("ParseDevice(%q) = %v, %v, want nil, %v", reply[:n], d, err, io.ErrUnexpectedEOF)
		}
	}
	for n := range len(request) {
		if _, err := uapi.ParseSet(strings.NewReader(request[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("ParseSet(%q) = %v, want %v", request[:n], err, io.ErrUnexpectedEOF)
		}
	}
}

func TestReaderErrors(t *testing.T) {
	t.Parallel()
	reply := getTests[1].text
	for n := range len(reply) {
		r := io.MultiReader(strings.NewReader(reply[:n]), iotest.ErrReader(os.ErrDeadlineExceeded))
		_, err := uapi.ParseDevice(r, time.Time{})
		if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, uapi.ErrProtocol) {
			t.Fatalf("ParseDevice with a read error after %d bytes = %v, want only %v", n, err, os.ErrDeadlineExceeded)
		}
	}
	if err := uapi.ParseErrno(silentReader{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("ParseErrno of a reader that returns no bytes = %v, want %v", err, io.ErrNoProgress)
	}
}

type silentReader struct{}

func (silentReader) Read([]byte) (int, error) { return 0, nil }

// TestErrorsStay calls a decoder after its end.
func TestErrorsStay(t *testing.T) {
	t.Parallel()
	d := uapi.NewDecoder(strings.NewReader("public_key="+zeros+"\nerrno=-1\n\n"), time.Time{})
	for range 2 {
		if _, err := d.Device(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := d.Next(new(wgtypes.Peer)); !errors.Is(err, syscall.EPERM) {
			t.Errorf("Next = %v, want %v", err, syscall.EPERM)
		}
	}
	d = uapi.NewDecoder(strings.NewReader(getTests[0].text), time.Time{})
	for range 3 {
		if err := d.Next(new(wgtypes.Peer)); err != io.EOF {
			t.Errorf("Next = %v, want %v", err, io.EOF)
		}
	}
	d = uapi.NewDecoder(strings.NewReader(getTests[1].text), time.Time{})
	d.Close()
	if err := d.Next(new(wgtypes.Peer)); err != io.ErrClosedPipe {
		t.Errorf("Next after Close = %v, want %v", err, io.ErrClosedPipe)
	}
}
