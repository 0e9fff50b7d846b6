package uapi

import (
	"bytes"
	"fmt"
	"io"
)

// lines reads the lines of a stream. The slices that it returns point into its
// buffer and are valid until the next call.
type lines struct {
	r          io.Reader
	buf        []byte
	start, end int   // buf[start:end] was read and not yet returned
	number     int   // of the line that was returned last, from 1
	total      int   // bytes returned
	readErr    error // of r, returned when the buffer is empty
	err        error // sticky
}

func newLines(r io.Reader, size int) lines { return lines{r: r, buf: make([]byte, size)} }

// next returns a line without its line break, and false after an error.
func (l *lines) next() ([]byte, bool) {
	for seen := 0; l.err == nil; {
		if i := bytes.IndexByte(l.buf[l.start+seen:l.end], '\n'); i >= 0 {
			return l.take(seen + i)
		}
		seen = l.end - l.start
		l.fill()
	}
	return nil, false
}

// take returns the next n bytes, which a line break follows.
func (l *lines) take(n int) ([]byte, bool) {
	line := l.buf[l.start : l.start+n]
	l.start += n + 1
	l.number++
	l.total += n + 1
	if l.total > MaxReply {
		l.fail("", "at most %d bytes in total", MaxReply)
		return nil, false
	}
	return line, true
}

// rest returns what was read and not yet returned, up to MaxReply in total. next
// reports text beyond that.
func (l *lines) rest() []byte { return l.buf[l.start:min(l.end, l.start+MaxReply-l.total)] }

// pass skips n bytes of rest, which are complete lines.
func (l *lines) pass(n, lines int) {
	l.start += n
	l.number += lines
	l.total += n
}

// fill reads more of an incomplete line, or sets err.
func (l *lines) fill() {
	if l.readErr != nil {
		l.ended()
		return
	}
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	if l.end == len(l.buf) && !l.grow() {
		return
	}
	const tries = 100 // an io.Reader may return 0 bytes without an error
	for range tries {
		n, err := l.r.Read(l.buf[l.end:])
		l.end, l.readErr = l.end+n, err
		if n > 0 || err != nil {
			return
		}
	}
	l.readErr = io.ErrNoProgress
}

// grow doubles the buffer, which one line fills, up to MaxLine. The first length is
// MaxLine divided by a power of two.
func (l *lines) grow() bool {
	if len(l.buf) == MaxLine {
		l.number++
		l.fail("", "at most %d bytes in a line", MaxLine)
		return false
	}
	bigger := make([]byte, 2*len(l.buf))
	copy(bigger, l.buf)
	clear(l.buf)
	l.buf = bigger
	return true
}

// ended sets err when the stream ends in the middle of a reply or a request.
func (l *lines) ended() {
	if l.readErr == io.EOF {
		l.err = fmt.Errorf("%w: missing empty line after line %d: %w",
			ErrProtocol, l.number, io.ErrUnexpectedEOF)
		return
	}
	l.err = fmt.Errorf("uapi: reading after line %d: %w", l.number, l.readErr)
}

// pair returns the key and the value of the next line, an empty key for an
// empty line, and false after an error.
func (l *lines) pair() (key, value []byte, ok bool) {
	line, ok := l.next()
	if !ok || len(line) == 0 {
		return nil, nil, ok
	}
	// The first '=' ends the key; the value may contain more.
	i := bytes.IndexByte(line, '=')
	if i <= 0 {
		l.fail("", "a line of the form key=value")
		return nil, nil, false
	}
	return line[:i], line[i+1:], true
}

// fail sets err unless it is set. key is a known key or empty.
func (l *lines) fail(key, want string, args ...any) {
	if l.err != nil {
		return
	}
	if key != "" {
		key += ": "
	}
	l.err = fmt.Errorf("%w: line %d: %swant %s", ErrProtocol, l.number, key, fmt.Sprintf(want, args...))
}

// wipe clears the buffer, which can contain keys.
func (l *lines) wipe() {
	clear(l.buf)
	l.start, l.end = 0, 0
}
