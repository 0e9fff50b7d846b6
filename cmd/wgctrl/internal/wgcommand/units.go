package wgcommand

import "strconv"

// appendAgo appends how long ago a time is, in seconds since 1970.
func (p *printer) appendAgo(b []byte, at int64) []byte {
	switch {
	case at == p.now:
		return append(b, "Now"...)
	case at > p.now:
		b = p.appendIn(append(b, '('), p.red, "System clock wound backward; connection problems may ensue.")
		return append(b, ')')
	}
	return append(p.appendTime(b, uint64(p.now-at)), " ago"...)
}

// appendTime appends the units that seconds have, joined by commas.
func (p *printer) appendTime(b []byte, seconds uint64) []byte {
	const (
		minute = 60
		hour   = 60 * minute
		day    = 24 * hour
		year   = 365 * day
	)
	first := true
	for _, unit := range [...]struct {
		name    string
		seconds uint64
	}{{"year", year}, {"day", day}, {"hour", hour}, {"minute", minute}, {"second", 1}} {
		n := seconds / unit.seconds
		seconds %= unit.seconds
		if n == 0 {
			continue
		}
		if !first {
			b = append(b, ", "...)
		}
		first = false
		b = append(strconv.AppendUint(b, n, 10), ' ')
		b = append(append(b, p.cyan...), unit.name...)
		if n != 1 {
			b = append(b, 's')
		}
		b = append(b, p.reset...)
	}
	return b
}

// appendBytes appends a number of bytes, with two decimals in units from KiB to
// TiB.
func (p *printer) appendBytes(b []byte, n uint64) []byte {
	if n < 1<<10 {
		return p.appendIn(append(strconv.AppendUint(b, n, 10), ' '), p.cyan, "B")
	}
	unit, size := "TiB", uint64(1)<<40
	switch {
	case n < 1<<20:
		unit, size = "KiB", 1<<10
	case n < 1<<30:
		unit, size = "MiB", 1<<20
	case n < 1<<40:
		unit, size = "GiB", 1<<30
	}
	b = strconv.AppendFloat(b, float64(n)/float64(size), 'f', 2, 64)
	return p.appendIn(append(b, ' '), p.cyan, unit)
}
