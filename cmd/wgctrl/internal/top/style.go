package top

// style is how text looks: a sequence of SGR, "" for the usual.
type style string

const (
	usual  style = ""
	strong style = "\x1b[1m"
	faint  style = "\x1b[2m"
	title  style = "\x1b[1;36m"
	good   style = "\x1b[32m"
	bad    style = "\x1b[1;31m"
	graph  style = "\x1b[36m"
)

const endStyle = "\x1b[m"

// begin and end stand around text of a style.
func (v *View) begin(b []byte, s style) []byte {
	if v.Plain {
		return b
	}
	return append(b, s...)
}

func (v *View) end(b []byte, s style) []byte {
	if v.Plain || s == usual {
		return b
	}
	return append(b, endStyle...)
}

// text appends a text in a style.
func (v *View) text(b []byte, s style, text string) []byte {
	return v.end(append(v.begin(b, s), text...), s)
}
