package wgtypes_test

import (
	"encoding/json"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// bench has a device of a thousand peers, and the Config that makes it.
func benchDevice() (*wgtypes.Device, wgtypes.Config) {
	d := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel}
	r := source(1, 2)
	for len(d.Peers) < 1000 {
		d.Peers = append(d.Peers, wgtest.RandomDevice(r, wgtest.GenOptions{}).Peers...)
	}
	d.Peers = d.Peers[:1000]
	return d, wgtest.ConfigOf(d)
}

func BenchmarkJSON(b *testing.B) {
	d, c := benchDevice()
	bench := func(name string, v, into any) {
		text, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Marshal"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Unmarshal"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := json.Unmarshal(text, into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	bench("Device", d, new(wgtypes.Device))
	bench("Config", c, new(wgtypes.Config))
}

func BenchmarkValidate(b *testing.B) {
	_, c := benchDevice()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
