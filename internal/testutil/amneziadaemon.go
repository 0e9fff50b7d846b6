package testutil

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// AmneziaRelease is a release of amneziawg-go that AmneziaDaemon imitates.
type AmneziaRelease int

// The releases whose requests have other effects than those of the release before.
const (
	AmneziaGo12 AmneziaRelease = iota // 0.2.12
	AmneziaGo13                       // 0.2.13
	AmneziaGo15                       // 0.2.15
	AmneziaGo16                       // 0.2.16
	AmneziaGo19                       // 0.2.19
	AmneziaGo30                       // 3.0
	AmneziaGo31                       // 3.1
)

// AmneziaReleases are all releases, by name.
var AmneziaReleases = map[string]AmneziaRelease{
	"0.2.12": AmneziaGo12, "0.2.13": AmneziaGo13, "0.2.15": AmneziaGo15, "0.2.16": AmneziaGo16, "0.2.19": AmneziaGo19,
	"3.0": AmneziaGo30, "3.1": AmneziaGo31,
}

// Version returns the version of AmneziaWG that the release has.
func (r AmneziaRelease) Version() wgtypes.AmneziaVersion {
	return [...]wgtypes.AmneziaVersion{
		wgtypes.AmneziaV10, wgtypes.AmneziaV15, wgtypes.AmneziaV20, wgtypes.AmneziaV20, wgtypes.AmneziaV20,
		wgtypes.AmneziaV30, wgtypes.AmneziaV31,
	}[r]
}

// AmneziaDaemon imitates an amneziawg-go daemon. It executes the requests of the text
// protocol on a device in memory. It is not safe for concurrent use.
type AmneziaDaemon struct {
	Release AmneziaRelease
	// Device is the state without the parameters of AmneziaWG.
	Device wgtypes.Device
	// Values has the texts of the parameters that a reply shows.
	Values map[string]string
	// off is set if AmneziaGo12 has the defaults. Then it hides its values.
	off bool
}

// Reply executes a request, which ends with an empty line, and returns the reply. It
// returns nil for an unknown request, because the daemon closes the connection.
func (d *AmneziaDaemon) Reply(request string) []byte {
	if d.Values == nil {
		d.Values = make(map[string]string)
	}
	body, isSet := strings.CutPrefix(request, "set=1\n")
	switch {
	case request == GetRequest:
		return d.get()
	case isSet && d.set(strings.TrimSuffix(body, "\n")):
		return uapi.AppendErrno(nil, 0)
	case isSet:
		return uapi.AppendErrno(nil, errno.EINVAL)
	}
	return nil
}

// Crashes returns what crashes the release at the next handshake, or "".
func (d *AmneziaDaemon) Crashes() string {
	number := func(key string) int64 { return number(d.Values[key]) }
	switch {
	case number("jc") > 0 && number("jmin") > number("jmax"):
		return "jmin is larger than jmax"
	case slices.ContainsFunc([]string{"s1", "s2", "s3", "s4"}, func(key string) bool { return number(key) < 0 }):
		return "a negative prefix"
	}
	for _, key := range packetKeys {
		if strings.Contains(d.Values[key], "-") {
			return "a packet of negative length"
		}
	}
	return ""
}

var (
	packetKeys = []string{"i1", "i2", "i3", "i4", "i5"}
	headerKeys = []string{"h1", "h2", "h3", "h4"}
)

// get returns the state. From 3.0 on it lacks keepalives of 0.
func (d *AmneziaDaemon) get() []byte {
	text := string(uapi.AppendDevice(nil, &d.Device))
	if d.Release >= AmneziaGo30 {
		text = strings.ReplaceAll(text, "persistent_keepalive_interval=0\n", "")
	}
	device, rest := text, ""
	for _, end := range []string{"public_key=", "errno="} {
		if i := strings.Index("\n"+text, "\n"+end); i >= 0 {
			device, rest = text[:i], text[i:]
			break
		}
	}
	for _, p := range wgtypes.AmneziaParameters() {
		if value, ok := d.shown(p); ok {
			device += p.Name() + "=" + value + "\n"
		}
	}
	return []byte(device + rest)
}

// shown returns the value of a parameter, and false if a reply lacks it.
func (d *AmneziaDaemon) shown(p wgtypes.AmneziaParameter) (value string, ok bool) {
	value, ok = d.Values[p.Name()]
	isHeader := strings.HasPrefix(p.Key(), "H") && len(p.Key()) == 2
	switch {
	case p.Since() > d.Release.Version() || d.off:
		return "", false
	case p.Since() == wgtypes.AmneziaV31:
		return cmp.Or(value, "0"), true
	case isHeader && d.Release >= AmneziaGo16 && !ok:
		return p.Key()[1:], true
	case isHeader:
		return value, ok && (value != "0" || d.Release < AmneziaGo30)
	case value == "" && d.Release != AmneziaGo16:
		return "", false
	}
	return value, ok && value != "0"
}

// set executes the lines of a request, and returns false if it is rejected.
func (d *AmneziaDaemon) set(body string) bool {
	var plain strings.Builder     // lines of WireGuard
	staged := map[string]string{} // parameters that take effect at the end
	inPeer, valid := false, true
	for line := range strings.Lines(body) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		inPeer = inPeer || key == "public_key"
		p, known := parameterOf(key)
		switch {
		case inPeer:
			valid = !known && d.acceptsPeer(key, value, line)
		case known:
			valid = p.Since() <= d.Release.Version() && d.acceptsParameter(p, value, staged)
		default:
			_, err := uapi.ParseSet(strings.NewReader(line + "\n"))
			valid = err == nil
		}
		if !valid {
			break
		}
		if !known {
			plain.WriteString(line)
		}
	}
	change, err := uapi.ParseSet(strings.NewReader(plain.String() + "\n"))
	if err != nil {
		panic(fmt.Sprintf("testutil: ParseSet(%q) = %v, want nil", plain.String(), err))
	}
	d.Device = *wginternal.Apply(&d.Device, change)
	switch {
	case d.Release >= AmneziaGo30:
		return valid && d.finish30(staged)
	case d.Release >= AmneziaGo16:
		return valid && !overlap(d.headers(d.Values))
	}
	return valid && (len(staged) == 0 || d.finishOld(staged))
}

func parameterOf(key string) (p wgtypes.AmneziaParameter, ok bool) {
	list := wgtypes.AmneziaParameters()
	i := slices.IndexFunc(list, func(p wgtypes.AmneziaParameter) bool { return p.Name() == key })
	if i < 0 {
		return p, false
	}
	return list[i], true
}

// acceptsPeer reports whether a line of a peer is valid.
func (d *AmneziaDaemon) acceptsPeer(key, value, line string) bool {
	if key == "persistent_keepalive_interval" && d.Release < AmneziaGo30 && strings.Contains(value, "-") {
		return false
	}
	if key != "public_key" {
		line = "public_key=" + strings.Repeat("0", 64) + "\n" + line
	}
	_, err := uapi.ParseSet(strings.NewReader(line + "\n"))
	return err == nil
}

// acceptsParameter reports whether a line with a parameter is valid, and stores its
// value: at once or, if it takes effect at the end of the request, in staged.
func (d *AmneziaDaemon) acceptsParameter(p wgtypes.AmneziaParameter, value string, staged map[string]string) bool {
	store, late := d.Values, d.Release < AmneziaGo16
	ok := true
	switch key := p.Key(); {
	case key[0] == 'J':
		value, ok = d.junk(value)
	case key[0] == 'S':
		value, ok = d.prefix(value)
		late = late || d.Release >= AmneziaGo30
	case p.Name()[0] == 'h' && len(key) == 2:
		value, ok = d.header(value)
		late = late || d.Release >= AmneziaGo30
	case key[0] == 'I':
		if value == "" && late {
			return true
		}
		value, ok = d.packet(value)
	case key == "HeaderProtectionKey":
		late = true
		k, err := uapi.ParseSet(strings.NewReader(p.Name() + "=" + value + "\n\n"))
		if ok = err == nil; ok && k.Amnezia.HeaderProtectionKey.IsZero() {
			value = ""
		}
	case p.Since() == wgtypes.AmneziaV31:
		on, err := strconv.ParseBool(value)
		value, ok = map[bool]string{false: "0", true: "1"}[on], err == nil
	default:
		var r wgtypes.Range
		ok = r.UnmarshalText([]byte(value)) == nil
		value = r.String()
	}
	if late {
		store = staged
	}
	if ok {
		store[p.Name()] = value
	}
	return ok
}

// junk returns the value of jc, jmin or jmax as a reply shows it.
func (d *AmneziaDaemon) junk(value string) (shown string, ok bool) {
	if d.Release >= AmneziaGo30 {
		n, err := strconv.ParseUint(value, 10, 32)
		return strconv.FormatUint(n, 10), err == nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return strconv.FormatInt(n, 10), err == nil && (n > 0 || d.Release < AmneziaGo16)
}

// prefix returns the value of s1 to s4 as a reply shows it.
func (d *AmneziaDaemon) prefix(value string) (shown string, ok bool) {
	if d.Release >= AmneziaGo30 {
		n, err := strconv.ParseUint(value, 10, 16)
		return strconv.FormatUint(n, 10), err == nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return strconv.FormatInt(n, 10), err == nil && (n >= 0 || d.Release < AmneziaGo16)
}

// header returns the value of h1 to h4 as a reply shows it.
func (d *AmneziaDaemon) header(value string) (shown string, ok bool) {
	r, err := wgtypes.ParseRange(value)
	if d.Release < AmneziaGo15 && strings.Contains(value, "-") {
		return "", false
	}
	return r.String(), err == nil
}

// headers returns the message types of values, with the default for missing ones.
func (d *AmneziaDaemon) headers(values map[string]string) (list []wgtypes.Range) {
	for i, key := range headerKeys {
		r, err := wgtypes.ParseRange(values[key])
		if err != nil {
			r = wgtypes.Range{Lo: uint32(i + 1), Hi: uint32(i + 1)}
		}
		list = append(list, r)
	}
	return list
}

func overlap(headers []wgtypes.Range) bool {
	for i, h := range headers {
		if slices.ContainsFunc(headers[:i], h.Overlaps) {
			return true
		}
	}
	return false
}

// finish30 checks and stores what takes effect at the end of a request.
func (d *AmneziaDaemon) finish30(staged map[string]string) bool {
	next := maps.Clone(d.Values)
	maps.Copy(next, staged)
	hasKey := next["header_protection_key"] != ""
	if !hasKey {
		delete(next, "header_protection_key")
	}
	for _, key := range []string{"s1", "s2", "s3", "s4"} {
		if n, _ := strconv.Atoi(next[key]); hasKey && n < 12 {
			return false
		}
	}
	if overlap(d.headers(next)) {
		return false
	}
	d.Values = next
	return true
}
