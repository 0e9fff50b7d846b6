package wgconf

import "fmt"

// Dialect is the program whose rules apply to a file.
type Dialect uint8

const (
	// DialectWG is wg(8), as in setconf. It knows no key of wg-quick(8).
	DialectWG Dialect = iota
	// DialectWGQuick is wg-quick(8). It takes its own keys from [Interface] and
	// passes every other line to wg(8).
	DialectWGQuick
)

// String returns "wg" or "wg-quick".
func (d Dialect) String() string {
	switch d {
	case DialectWG:
		return "wg"
	case DialectWGQuick:
		return "wg-quick"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}
