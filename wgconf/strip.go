package wgconf

// Strip returns what wg-quick strip prints: the lines that it passes on to
// wg(8), without their outer blanks, and an empty one. Lines that no one
// understands are among them, and keys are in clear.
//
// As there, nothing is judged: where SaveConfig is neither true nor false, which
// Settings reports, wg-quick prints nothing.
func (f *File) Strip() *File {
	b := make([]byte, 0, len(f.text())+1)
	for s := (scanner{dialect: DialectWGQuick, literal: true, rest: f.text()}); s.next(); {
		if s.key != nil && s.key.quick {
			continue
		}
		// Without a line feed, a line is one only if there is something in it.
		if s.line != "" || s.ended {
			b = append(append(b, s.line...), '\n')
		}
	}
	return Parse(f.name, append(b, '\n'))
}
