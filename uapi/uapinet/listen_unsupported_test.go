//go:build !unix

package uapinet_test

import (
	"errors"
	"testing"

	"github.com/wgctrl/wgctrl/uapi/uapinet"
)

func TestListenIsUnsupported(t *testing.T) {
	t.Parallel()
	if _, err := uapinet.Listen("wg0"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Listen = %v, want %v", err, errors.ErrUnsupported)
	}
}
