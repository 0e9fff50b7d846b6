package wgconf

import "fmt"

// Dialect says who reads a file.
type Dialect uint8

const (
	// WG is wg(8), as in setconf. It knows no key of wg-quick(8).
	WG Dialect = iota
	// Quick is wg-quick(8), which takes its own keys from [Interface] and passes
	// every other line on to wg(8).
	Quick
)

// String returns "wg" or "wg-quick".
func (d Dialect) String() string {
	switch d {
	case WG:
		return "wg"
	case Quick:
		return "wg-quick"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}
