//go:build linux

package main

import (
	"fmt"
	"net"
	"strings"
)

// A record is the content of one file: comments, and datagrams in hexadecimal.
//
//	# wg set wg0 fwmark 1
//	> 2c000000...
//	< 24000000...
type record struct {
	name string
	text strings.Builder
}

func newRecord(name string) *record {
	r := &record{name: name}
	release, version := uname()
	r.comment("kernel %s %s", release, version)
	return r
}

func (r *record) comment(format string, args ...any) {
	fmt.Fprintf(&r.text, "# "+format+"\n", args...)
}

// commentLink records the index of a link that commands use as a zone.
func (r *record) commentLink(name string) {
	link, err := net.InterfaceByName(name)
	check(err)
	r.comment("link %s: %d", name, link.Index)
}

// sh runs a command and records it as a comment.
func (r *record) sh(command string) {
	r.comment("%s", command)
	sh(command)
}

func (r *record) sent(b []byte)     { fmt.Fprintf(&r.text, "> %x\n", b) }
func (r *record) received(b []byte) { fmt.Fprintf(&r.text, "< %x\n", b) }

func (r *record) emit() { emit(r.name+".txt", r.text.String()) }

// emit prints one file of the archive.
func emit(name, content string) {
	fmt.Printf("-- %s --\n%s", name, content)
}
