package wgtest

import (
	"syscall"

	"github.com/wgctrl/wgctrl/uapi"
)

// An Answer is what a Fake does with one request: one of those that Good, Fail,
// Hang, Cut and Say return. The zero value is Good's.
type Answer struct {
	// to is given what does as it was asked, and returns the text that a good
	// daemon answers.
	to func(obey func() []byte) reply
}

func (a Answer) reply(obey func() []byte) reply {
	if a.to == nil {
		return reply{text: obey()}
	}
	return a.to(obey)
}

// reply is what a Fake says, and then.
type reply struct {
	text    []byte
	hangsUp bool // closes the connection then
	hangs   bool // says nothing more, until the test ends
}

var success = uapi.AppendErrno(nil, 0)

// Good does what was asked for.
func Good() Answer { return Answer{} }

// Fail refuses: nothing was done. The Client's error is that number.
func Fail(errno syscall.Errno) Answer {
	return Answer{func(func() []byte) reply { return refusal(errno) }}
}

func refusal(errno syscall.Errno) reply { return reply{text: uapi.AppendErrno(nil, errno)} }

// Hang does nothing and never answers. The Client's call ends with its context.
//
// Over UAPI, where a call cannot be interrupted, it fails at once.
func Hang() Answer { return Answer{func(func() []byte) reply { return reply{hangs: true} }} }

// Cut does what was asked for, but hangs up after n bytes of the answer: a change
// that was made, of which nobody knows. Below 0, n counts from the end.
func Cut(n int) Answer {
	return Answer{func(obey func() []byte) reply {
		text, end := obey(), n
		if end < 0 {
			end = max(0, len(text)+end)
		}
		return reply{text: text[:min(end, len(text))], hangsUp: true}
	}}
}

// Say does nothing, and answers with a text, such as "listen_port=0\nerrno=0\n\n".
// A whole answer ends with its errno and an empty line; after less, the Client
// waits for the rest.
func Say(text string) Answer {
	return Answer{func(func() []byte) reply { return reply{text: []byte(text)} }}
}
