package testutil

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// finishOld does what releases before 0.2.16 do at the end of a request with
// parameters. They replace all numbers, and store a part of what they reject.
func (d *AmneziaDaemon) finishOld(staged map[string]string) (ok bool) {
	ok = d.storeJunk(staged)
	sizes := map[int64]bool{}
	keys := []string{"s1", "s2", "s3", "s4"}
	for i, length := range []int64{148, 92, 64, 32} {
		size := length + number(staged[keys[i]])
		sizes[size] = true
		if size >= maxSegment {
			ok = false
		} else {
			d.store(keys[i], number(staged[keys[i]]))
		}
	}
	effective := map[string]string{}
	d.off = d.Release == AmneziaGo12 && number(staged["jc"])|number(staged["jmin"])|number(staged["jmax"])|number(staged["s1"])|number(staged["s2"]) == 0
	for _, key := range headerKeys {
		r := d.headers(map[string]string{"h1": staged[key]})[0]
		switch {
		case r.Lo > 4:
			d.Values[key], effective[key] = staged[key], staged[key]
			d.off = false
		case d.Release == AmneziaGo15:
			delete(d.Values, key) // earlier releases still show the previous one
		}
	}
	if overlap(d.headers(effective)) || len(sizes) < len(keys) {
		ok = false
	}
	return d.storePackets(staged) && ok
}

// maxSegment is the limit of the size of a message.
const maxSegment = 1<<16 - 1

// number returns the number in s, 0 for an empty text. The releases were recorded on a
// processor of 64 bits.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// store stores a number, which a reply shows unless it is 0.
func (d *AmneziaDaemon) store(key string, n int64) {
	if delete(d.Values, key); n != 0 {
		d.Values[key] = strconv.FormatInt(n, 10)
	}
}

// storeJunk stores jc, jmin and jmax.
func (d *AmneziaDaemon) storeJunk(staged map[string]string) (ok bool) {
	jc, jmin, jmax := number(staged["jc"]), number(staged["jmin"]), number(staged["jmax"])
	d.store("jc", jc)
	d.store("jmin", jmin)
	if jc > 0 && jmax == jmin {
		jmax++
	}
	staged["jmax"] = strconv.FormatInt(jmax, 10)
	switch {
	case jmax >= maxSegment:
		d.store("jmin", 0)
		d.store("jmax", 1)
		return false
	case jmax < jmin:
		return false
	}
	d.store("jmax", jmax)
	return jc >= 0
}

// storePackets replaces all packets if the request has one. It allows no packet after
// an absent one.
func (d *AmneziaDaemon) storePackets(staged map[string]string) (ok bool) {
	packets := maps.Clone(staged)
	maps.DeleteFunc(packets, func(key, _ string) bool { return !slices.Contains(packetKeys, key) })
	for i, key := range packetKeys {
		if _, has := packets[key]; has != (i < len(packets)) {
			return false
		}
	}
	if len(packets) == 0 {
		return true
	}
	for _, key := range packetKeys {
		delete(d.Values, key)
	}
	maps.Copy(d.Values, packets)
	return true
}

var tags = regexp.MustCompile(`<([^>]*)>`)

// packet returns the description of a packet as a reply shows it.
func (d *AmneziaDaemon) packet(value string) (shown string, ok bool) {
	found := tags.FindAllStringSubmatch(value, -1)
	if strings.Count(value, "<") != len(found) {
		return "", false
	}
	if len(found) == 0 && d.Release >= AmneziaGo19 {
		return "", true
	}
	seen := map[string]int{}
	for _, tag := range found {
		words := strings.Fields(tag[1])
		if len(words) == 0 || !d.tag(words[0], words[1:]) {
			return "", false
		}
		seen[words[0]]++
	}
	if d.Release < AmneziaGo16 {
		return value, len(found) > 0 && seen["t"] <= 1 && seen["c"] <= 1
	}
	return value, true
}

// tag reports whether a tag with its arguments is valid.
func (d *AmneziaDaemon) tag(name string, arguments []string) bool {
	old := d.Release < AmneziaGo16
	argument := strings.Join(arguments, " ")
	if !old {
		argument, _, _ = strings.Cut(argument, " ")
	}
	n, err := strconv.Atoi(argument)
	switch name {
	case "b":
		return d.bytesTag(argument)
	case "r":
		return err == nil && (n <= 1000 || !old)
	case "rc", "rd":
		return err == nil && d.Release != AmneziaGo13 && (n <= 1000 || !old)
	case "t":
		return argument == "" || !old
	case "c":
		return old && argument == ""
	case "wt":
		return d.Release == AmneziaGo13 && err == nil && n <= 5000
	case "d", "ds":
		return !old
	case "dz":
		return !old && err == nil
	}
	return false
}

// bytesTag reports whether the argument of a <b> is valid.
func (d *AmneziaDaemon) bytesTag(argument string) bool {
	digits := regexp.MustCompile(`^(0x)?([0-9a-fA-F]{2})+$`)
	if d.Release < AmneziaGo16 {
		digits = regexp.MustCompile(`^0[xX][0-9a-fA-F]*$`)
	}
	return digits.MatchString(argument)
}
