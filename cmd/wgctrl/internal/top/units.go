package top

import (
	"strconv"
	"time"
)

// appendBytes appends a number of bytes with three digits at least, in at most
// eight columns: "1.21 MiB".
func appendBytes(b []byte, n float64) []byte {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	unit := 0
	for n >= 1023.5 && unit < len(units)-1 {
		n /= 1024
		unit++
	}
	digits := 0
	switch {
	case unit == 0 || n >= 99.95:
	case n >= 9.995:
		digits = 1
	default:
		digits = 2
	}
	b = strconv.AppendFloat(b, n, 'f', digits, 64)
	return append(append(b, ' '), units[unit]...)
}

// appendAge appends a time in at most two units: "12s", "2m05s", "3h20m", "4d11h".
func appendAge(b []byte, age time.Duration) []byte {
	seconds := int64(max(age, 0) / time.Second)
	two := func(high int64, unit byte, low int64, below byte) []byte {
		b = append(strconv.AppendInt(b, high, 10), unit)
		if low < 10 {
			b = append(b, '0')
		}
		return append(strconv.AppendInt(b, low, 10), below)
	}
	switch minutes, hours := seconds/60, seconds/3600; {
	case minutes == 0:
		return append(strconv.AppendInt(b, seconds, 10), 's')
	case hours == 0:
		return two(minutes, 'm', seconds%60, 's')
	case hours < 24:
		return two(hours, 'h', minutes%60, 'm')
	default:
		return two(hours/24, 'd', hours%24, 'h')
	}
}
