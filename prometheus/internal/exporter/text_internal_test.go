package exporter

import "testing"

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]bool{
		"": false, "gzip": true, "deflate, gzip": true, "gzip;q=0.5, zstd": true, " gzip ; q=1.0": true,
		"gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=x": false, "gzip;": false, "x-gzip": false, "identity": false,
	} {
		if got := acceptsGzip(list); got != want {
			t.Errorf("acceptsGzip(%q) = %t, want %t", list, got, want)
		}
	}
}
