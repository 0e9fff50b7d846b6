package top

import (
	"errors"
	"math"
	"slices"
	"strconv"
)

// Units are the units of traffic. Rates are in bytes or bits per second, counters in
// bytes. The zero value is BinaryBytes. It is a value of a flag.
type Units uint8

const (
	BinaryBytes  Units = iota // KiB, MiB
	DecimalBytes              // kB, MB
	DecimalBits               // kb, Mb
	BinaryBits                // Kib, Mib
)

// UnitNames are the names of the units, by Units.
var UnitNames = []string{"bytes", "decimal-bytes", "bits", "binary-bits"}

func (u Units) String() string { return UnitNames[u] }

// Set sets the units to those with this name.
func (u *Units) Set(name string) error {
	i := slices.Index(UnitNames, name)
	if i < 0 {
		return errors.New("must be bytes, decimal-bytes, bits or binary-bits")
	}
	*u = Units(i)
	return nil
}

// Type returns the kind of value for the help.
func (u Units) Type() string { return "name" }

// next returns the units that follow u.
func (u Units) next() Units { return (u + 1) % Units(len(UnitNames)) }

func (u Units) isBinary() bool { return u == BinaryBytes || u == BinaryBits }

var (
	binaryPrefixes  = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	decimalPrefixes = []string{"", "k", "M", "G", "T", "P", "E"}
)

// appendBytes appends a number of bytes.
func (u Units) appendBytes(b []byte, n float64) []byte { return u.append(b, n, 'B') }

// appendRate appends a number of bytes per second in bytes or bits.
func (u Units) appendRate(b []byte, n float64) []byte {
	if u == DecimalBits || u == BinaryBits {
		return u.append(b, math.Round(8*n), 'b')
	}
	return u.append(b, math.Round(n), 'B')
}

// append appends a number with a prefix of the units and the symbol in at most eight
// columns, with at least three digits if it has a prefix: "1.21 MiB".
func (u Units) append(b []byte, n float64, symbol byte) []byte {
	base, prefixes := 1000.0, decimalPrefixes
	if u.isBinary() {
		base, prefixes = 1024, binaryPrefixes
	}
	at := 0
	for n >= base-0.5 && at < len(prefixes)-1 {
		n /= base
		at++
	}
	digits := 0
	switch {
	case at == 0 || n >= 99.95:
	case n >= 9.995:
		digits = 1
	default:
		digits = 2
	}
	b = append(strconv.AppendFloat(b, n, 'f', digits, 64), ' ')
	return append(append(b, prefixes[at]...), symbol)
}
