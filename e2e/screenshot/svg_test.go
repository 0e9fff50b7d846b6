//go:build linux || darwin || freebsd || openbsd

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestSVG checks that words have their columns and colours, that braille becomes
// dots, and that the SVG is valid XML.
func TestSVG(t *testing.T) {
	t.Parallel()
	const text = "\x1b[1mwgctrl\x1b[0m top\n\x1b[1;31m! <Bob>\x1b[m \x1b[36m\u2801\u2880\x1b[39m & \x1b[2mx\n"
	svg := string(appendSVG(nil, parseScreen([]byte(text)), 20))
	for _, want := range []string{
		`<text x="14.0" y="27.0" textLength="50.4" lengthAdjust="spacingAndGlyphs" font-weight="bold">wgctrl</text>`,
		`<text x="72.8" y="27.0" textLength="25.2" lengthAdjust="spacingAndGlyphs">top</text>`,
		`<text x="30.8" y="45.0" textLength="42.0" lengthAdjust="spacingAndGlyphs" fill="#ff7b72" font-weight="bold">&lt;Bob&gt;</text>`,
		`<path fill="#39c5cf" d="M81.8 33.2h3v3h-3zM94.4 45.2h3v3h-3z"/>`,
		` fill-opacity="0.55">x</text>`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("appendSVG lacks %s, want it in\n%s", want, svg)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
