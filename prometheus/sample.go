package wgprom

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// sample is a value of a metric. It shares labels with other samples, as
// client_golang's constant metrics do not: of many peers these are most of what
// a scrape allocates.
type sample struct {
	metric
	labels []*dto.LabelPair // by name
	value  float64
}

var _ prometheus.Metric = (*sample)(nil)

func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write points out to what s has, which nobody changes.
func (s *sample) Write(out *dto.Metric) error {
	out.Label = s.labels
	if s.valueType == prometheus.CounterValue {
		out.Counter = &dto.Counter{Value: &s.value}
	} else {
		out.Gauge = &dto.Gauge{Value: &s.value}
	}
	return nil
}

// labelled returns a label with a value.
func labelled(name, value string) *dto.LabelPair {
	l := &struct {
		pair        dto.LabelPair
		name, value string
	}{name: name, value: valid(value)}
	l.pair.Name, l.pair.Value = &l.name, &l.value
	return &l.pair
}

// valid makes s UTF-8, which a label's value must be: interfaces may have names
// that are not.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

func float(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
