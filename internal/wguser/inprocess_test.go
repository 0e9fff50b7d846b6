//go:build unix

package wguser_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestInProcess checks long names, repeated names and the errors of devices of this
// process.
func TestInProcess(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	b := wguser.NewInProcess(
		wguser.InProcess{Name: "a name longer than any interface has", Device: failing{broken}},
		wguser.InProcess{Name: "two", Device: failing{codeError(-22)}},
		wguser.InProcess{Name: "two", Device: failing{broken}},
		wguser.InProcess{Name: "three", Device: failing{fmt.Errorf("wrapped: %w", codeError(98))}},
		wguser.InProcess{Name: "zero", Device: failing{codeError(0)}},
	)
	defer b.Close()
	refs, err := b.List(t.Context())
	if got := names(refs); err != nil || !slices.Equal(got, []string{"a name longer than any interface has", "two", "three", "zero"}) {
		t.Errorf("List = %v, %v, want each name once", got, err)
	}
	for _, test := range []struct {
		name string
		want error
	}{{refs[0].Name, broken}, {"two", syscall.EINVAL}, {"three", syscall.Errno(98)}, {"zero", codeError(0)}, {"four", os.ErrNotExist}} {
		if _, err := state(t.Context(), b, test.name); !errors.Is(err, test.want) {
			t.Errorf("reading %q = %v, want %v", test.name, err, test.want)
		}
		err := configure(t.Context(), b, test.name, wgtypes.Config{FirewallMark: new(uint32)})
		if !errors.Is(err, test.want) {
			t.Errorf("Configure(%q) = %v, want %v", test.name, err, test.want)
		}
		if strings.Contains(err.Error(), "secrets") && test.want != codeError(0) {
			t.Errorf("Configure(%q) = %v, want an error without the text of the device", test.name, err)
		}
		partial, ok := errors.AsType[*wginternal.PartialError](err)
		if exists := test.want != os.ErrNotExist; ok != exists || ok && partial.Unknown.FirewallMark == nil {
			t.Errorf("Configure(%q) = %v, want a PartialError with all as Unknown: %t", test.name, err, exists)
		}
	}
}

// failing is a device whose operations fail.
type failing struct{ err error }

func (f failing) IpcGetOperation(io.Writer) error { return f.err }
func (f failing) IpcSetOperation(io.Reader) error { return f.err }
