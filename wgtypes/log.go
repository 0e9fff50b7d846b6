package wgtypes

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

// logValue returns the log form of the value behind a pointer. Secrets are
// hidden. A list is logged as its length, because it may have thousands of peers.
func logValue(value any) slog.Value {
	switch v := value.(type) {
	case *string:
		return slog.StringValue(*v)
	case *bool:
		return slog.BoolValue(*v)
	case *int:
		return slog.IntValue(*v)
	case *uint16:
		return slog.IntValue(int(*v))
	case *uint32:
		return slog.Uint64Value(uint64(*v))
	case *uint64:
		return slog.Uint64Value(*v)
	case *seconds:
		return slog.DurationValue(time.Duration(*v))
	case *time.Time:
		return slog.TimeValue(*v)
	case *Amnezia:
		return logObject(amneziaStateFields(), v)
	case *AmneziaConfig:
		return logObject(amneziaConfigFields(), v)
	case *[]string:
		return slog.AnyValue(*v)
	case *[]netip.Prefix:
		return slog.IntValue(len(*v))
	case *[]Peer:
		return slog.IntValue(len(*v))
	case *[]PeerConfig:
		return slog.IntValue(len(*v))
	case fmt.Stringer: // keys, kinds, ranges, versions and endpoints
		return slog.StringValue(v.String())
	}
	panic(fmt.Sprintf("wgtypes: no field has the type %T", value))
}

// logObject returns the log form of v.
func logObject[T any](fields []field[T], v *T) slog.Value {
	attrs := make([]slog.Attr, 0, len(fields))
	for i := range fields {
		f := &fields[i]
		if value := f.value(v); f.traits&inLog != 0 || f.isSet(value) {
			attrs = append(attrs, slog.Attr{Key: string(f.name), Value: logValue(value)})
		}
	}
	return slog.GroupValue(attrs...)
}

// objectText returns the fields of v that are set, on one line and without
// secrets.
func objectText[T any](fields []field[T], v *T) string {
	var parts []string
	for i := range fields {
		f := &fields[i]
		value := f.value(v)
		if !f.isSet(value) {
			continue
		}
		part := string(f.name)
		switch v := value.(type) {
		case *bool:
			if !*v { // an optional field
				part += "=false"
			}
		case *[]netip.Prefix:
			part += fmt.Sprintf("=%v", *v)
		case *[]PeerConfig:
			part += fmt.Sprintf("=%v", *v)
		case *AmneziaConfig:
			part += "=" + v.String()
		default:
			part += fmt.Sprintf("=%v", logValue(value))
		}
		parts = append(parts, part)
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// The log forms use the names of JSON, omit fields that are not set, hide secrets
// and have the length of lists.

// LogValue returns d with its secrets hidden, and with the number of its peers
// instead of the peers.
func (d Device) LogValue() slog.Value { return logObject(deviceFields, &d) }

// LogValue returns p with its preshared key hidden, and with the number of its
// allowed IPs instead of the list.
func (p Peer) LogValue() slog.Value { return logObject(peerFields, &p) }

// LogValue returns the fields that c sets, with its secrets hidden, and with the
// number of its peers instead of the peers.
func (c Config) LogValue() slog.Value { return logObject(configFields, &c) }

// LogValue returns the fields that p sets, with its preshared key hidden, and with
// the numbers of its prefixes instead of the lists.
func (p PeerConfig) LogValue() slog.Value { return logObject(peerConfigFields, &p) }

// LogValue returns a with its header protection key hidden.
func (a Amnezia) LogValue() slog.Value { return logObject(amneziaStateFields(), &a) }

// LogValue returns the parameters that c sets, with its header protection key hidden.
func (c AmneziaConfig) LogValue() slog.Value { return logObject(amneziaConfigFields(), &c) }

func (r DeviceRef) logValue() slog.Value {
	attrs := []slog.Attr{slog.String("name", r.Name), slog.String("kind", r.Kind.String())}
	if r.Index != 0 {
		attrs = append(attrs, slog.Int("index", r.Index))
	}
	return slog.GroupValue(attrs...)
}
