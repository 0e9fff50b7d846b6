package wgctrl

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestNewInvalidOption(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]Option{
		"negative descriptor": {WithNetNS(-1)},
		"invalid kind":        {WithBackends(wgtypes.KindUnknown)},
		"duplicate kind":      {WithBackends(wgtypes.KindUserspace, wgtypes.KindUserspace)},
		"nil device":          {WithDevice("wg0", nil)},
		"family too long":     {WithFamily("a-name-of-16-byte")},
	} {
		if c, err := New(options...); c != nil || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: New() = %v, %v, want fs.ErrInvalid", name, c, err)
		}
	}
}

func TestWithReplyTimeout(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{-1, 0, time.Nanosecond, time.Hour} {
		var o options
		if err := WithReplyTimeout(d)(&o); err != nil || o.replyTimeout != d {
			t.Errorf("WithReplyTimeout(%v) = %v and sets %v", d, err, o.replyTimeout)
		}
	}
}
