// Package qrtext writes QR codes as text for terminals.
package qrtext

import (
	"fmt"
	"image"
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// quiet is the width of the light border in modules, as the standard requires.
const quiet = 4

// Code is a QR code.
type Code struct{ modules image.Image }

// New returns the smallest QR code that contains text, with the most error correction
// that this size has room for. It fails if text is too long: a code has at most 2953
// bytes.
func New(text string) (*Code, error) {
	modules, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil { // do not wrap it: it quotes the text
		return nil, fmt.Errorf("%d bytes do not fit into a QR code", len(text))
	}
	for _, level := range []qr.ErrorCorrectionLevel{qr.M, qr.Q, qr.H} {
		corrected, err := qr.Encode(text, level, qr.Auto)
		if err != nil || corrected.Bounds() != modules.Bounds() {
			break
		}
		modules = corrected
	}
	return &Code{modules}, nil
}

// size returns the number of modules in a row.
func (c *Code) size() int { return c.modules.Bounds().Dx() }

// isDark reports whether a module is dark. Outside of the code, modules are light.
func (c *Code) isDark(x, y int) bool {
	return image.Pt(x, y).In(c.modules.Bounds()) && c.modules.At(x, y) == color.Black
}

// Width returns the number of columns that the code needs.
func (c *Code) Width() int { return c.size() + 2*quiet }

const (
	// blackOnWhite selects colours that a terminal's palette does not change.
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	reset        = "\x1b[0m"
)

// AppendTo appends the code to b and returns the extended slice. A character shows two
// modules, one above the other.
//
// With colours, it is black on white on every terminal. Without, the light modules
// are drawn, which is right on a dark background; many readers also accept the
// inverse, which a light background shows.
func (c *Code) AppendTo(b []byte, colours bool) []byte {
	for y := -quiet; y < c.size()+quiet; y += 2 {
		if colours {
			b = append(b, blackOnWhite...)
		}
		for x := -quiet; x < c.size()+quiet; x++ {
			b = append(b, block(c.isDark(x, y) == colours, c.isDark(x, y+1) == colours)...)
		}
		if colours {
			b = append(b, reset...)
		}
		b = append(b, '\n')
	}
	return b
}

// block returns the character with the upper and the lower half drawn.
func block(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
