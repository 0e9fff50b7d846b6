package cli

import (
	"testing"
	"time"
)

func TestDurationFlag(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.5": 500 * time.Millisecond, "5s": 5 * time.Second, "2m": 2 * time.Minute, "10ms": 10 * time.Millisecond,
		"0": 0, "-1": -time.Second,
	} {
		var d durationFlag
		if err := d.Set(text); err != nil || time.Duration(d) != want {
			t.Errorf("Set(%q) = %v, value %v, want %v", text, err, time.Duration(d), want)
		}
	}
	for _, text := range []string{"", "x", "5 s", "none", "inf", "NaN", "1e99", "5x", "0.0000000001", "0.1ns"} {
		if err := new(durationFlag).Set(text); err != errDuration {
			t.Errorf("Set(%q) = %v, want %v", text, err, errDuration)
		}
	}
}

func TestTimeoutFlag(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"5": "5s", "5s": "5s", "500ms": "500ms", "0": "none", "0s": "none", "none": "none"} {
		timeout := defaultTimeout
		if err := timeout.Set(text); err != nil || timeout.String() != want || (timeout < 0) != (want == "none") {
			t.Errorf("Set(%q) = %v, value %v (%d), want %s", text, err, timeout, int64(timeout), want)
		}
	}
	for _, text := range []string{"", "x", "-1", "-5s", "None", "0.0000000001"} {
		timeout := defaultTimeout
		if err := timeout.Set(text); err == nil || timeout != defaultTimeout {
			t.Errorf("Set(%q) = %v, value %v, want an error, %v", text, err, timeout, defaultTimeout)
		}
	}
}
