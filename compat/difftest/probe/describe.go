//go:build linux

package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// describe returns a text that differs for values that a program can distinguish:
// nil and empty, addresses of 4 and 16 bytes, and different time zones.
func describe(v any) string {
	if v == nil {
		return "-"
	}
	var b strings.Builder
	write(&b, reflect.ValueOf(v), "")
	return b.String()
}

func write(b *strings.Builder, v reflect.Value, indent string) {
	switch x := v.Interface().(type) {
	case wgtypes.Key:
		fmt.Fprintf(b, "key %x", x[:4])
		return
	case time.Time:
		b.WriteString(describeTime(x))
		return
	case net.IP:
		fmt.Fprintf(b, "%v in %d bytes", x, len(x))
		return
	case net.IPMask:
		b.WriteString("mask " + hex.EncodeToString(x))
		return
	case string:
		if strings.Contains(x, "\n") {
			b.WriteString(x)
			return
		}
	case time.Duration, wgtypes.DeviceType:
		fmt.Fprintf(b, "%d (%v)", x, x)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		b.WriteString("&")
		write(b, v.Elem(), indent)
	case reflect.Struct:
		writeStruct(b, v, indent)
	case reflect.Slice:
		writeSlice(b, v, indent)
	default:
		fmt.Fprintf(b, "%#v", v.Interface())
	}
}

func writeStruct(b *strings.Builder, v reflect.Value, indent string) {
	fmt.Fprintf(b, "%v {", v.Type())
	for field, value := range v.Fields() {
		if field.IsExported() {
			fmt.Fprintf(b, "\n%s  %s: ", indent, field.Name)
			write(b, value, indent+"  ")
		}
	}
	b.WriteString("\n" + indent + "}")
}

func writeSlice(b *strings.Builder, v reflect.Value, indent string) {
	if v.IsNil() {
		b.WriteString("nil")
		return
	}
	b.WriteString("[")
	for i := range v.Len() {
		fmt.Fprintf(b, "\n%s  ", indent)
		write(b, v.Index(i), indent+"  ")
	}
	b.WriteString("]")
}

// describeTime replaces the time of the run by "lately".
func describeTime(t time.Time) string {
	switch {
	case t == time.Time{}:
		return "zero time"
	case t.Year() > 2020:
		return "lately, in the zone " + t.Location().String()
	}
	return t.UTC().Format(time.RFC3339Nano) + ", in the zone " + t.Location().String()
}

// describeError returns the properties of an error that programs check.
func describeError(err error) string {
	var errno syscall.Errno
	var syscallErr *os.SyscallError
	var path *fs.PathError
	var netErr *net.OpError
	answers := []struct {
		question string
		yes      bool
	}{
		{"== os.ErrNotExist", err == os.ErrNotExist},
		{"Is os.ErrNotExist", errors.Is(err, os.ErrNotExist)},
		{"os.IsNotExist", os.IsNotExist(err)},
		{"Is os.ErrPermission", errors.Is(err, os.ErrPermission)},
		{"os.IsPermission", os.IsPermission(err)},
		{"Is fs.ErrInvalid", errors.Is(err, fs.ErrInvalid)},
		{"Is net.ErrClosed", errors.Is(err, net.ErrClosed)},
		{"As *os.SyscallError", errors.As(err, &syscallErr)},
		{"As *fs.PathError", errors.As(err, &path)},
		{"As *net.OpError", errors.As(err, &netErr)},
	}
	var s strings.Builder
	s.WriteString("error")
	for _, a := range answers {
		if a.yes {
			s.WriteString(", " + a.question)
		}
	}
	if _, ok := err.(syscall.Errno); ok {
		s.WriteString(", is a syscall.Errno")
	}
	if errors.As(err, &errno) {
		s.WriteString(fmt.Sprintf(", As errno %d", int(errno)))
	}
	return s.String()
}
