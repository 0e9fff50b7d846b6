package wgtest

import "github.com/wgctrl/wgctrl/uapi"

// An Answer says how a Fake handles one request. Good, Fail, Hang, Cut and Say
// return Answers. The zero value is Good.
type Answer struct {
	// to returns the reply. Calling obey executes the request and returns the
	// reply of a correct daemon.
	to func(obey func() []byte) reply
}

func (a Answer) reply(obey func() []byte) reply {
	if a.to == nil {
		return reply{text: obey()}
	}
	return a.to(obey)
}

// reply is the text that a Fake sends, and what it does afterwards.
type reply struct {
	text    []byte
	hangsUp bool // closes the connection
	hangs   bool // sends nothing more until the test ends
}

// Good executes the request.
func Good() Answer { return Answer{} }

// Fail does not execute the request and replies with errno, which the Client's
// error wraps.
func Fail(errno uapi.Errno) Answer {
	return Answer{func(func() []byte) reply { return reply{text: uapi.AppendErrno(nil, errno)} }}
}

// Hang does not execute the request and never replies. The call of the Client
// returns when its context ends.
//
// An operation of UAPI, which cannot be interrupted, returns an error at once.
func Hang() Answer { return Answer{func(func() []byte) reply { return reply{hangs: true} }} }

// Cut executes the request, but closes the connection after n bytes of the reply.
// The Client then cannot know that a change was made. A negative n counts from the
// end of the reply.
func Cut(n int) Answer {
	return Answer{func(obey func() []byte) reply {
		text, end := obey(), n
		if end < 0 {
			end = max(0, len(text)+end)
		}
		return reply{text: text[:min(end, len(text))], hangsUp: true}
	}}
}

// Say does not execute the request and replies with text, such as
// "listen_port=0\nerrno=0\n\n". A complete reply ends with its errno and an empty
// line; after less, the Client waits for the rest.
func Say(text string) Answer {
	return Answer{func(func() []byte) reply { return reply{text: []byte(text)} }}
}
