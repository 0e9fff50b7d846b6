package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// manyReport returns a report with n findings about a device with a hostile name.
func manyReport(n int) doctor.Report {
	ref := wgtypes.DeviceRef{Name: "w\x1b[2J", Kind: wgtypes.KindKernel}
	r := doctor.Report{Checked: []wgtypes.DeviceRef{ref}}
	for i := range n {
		r.Findings = append(r.Findings, doctor.Finding{ID: doctor.HandshakeNever, Severity: doctor.Notice, Device: ref, Peer: wgtypes.PublicKey{byte(i)},
			PeerName: "\x1b[31mname", Summary: "the peer has never connected",
			Evidence: []string{strings.Repeat("word ", 40), "  indented " + strings.Repeat("word ", 20), "\x1b]0;x"}, Remedy: "none"})
	}
	return r
}

// TestReportWidth checks that the text fits a terminal and has no escape sequences.
func TestReportWidth(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := writeReport(&out, manyReport(2)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if termtext.Width(line) > reportWidth || strings.Contains(line, "\x1b") {
			t.Errorf("writeReport writes %q, want at most %d columns without escape sequences", line, reportWidth)
		}
	}
	if want := "\n      indented word "; !strings.Contains(out.String(), want) {
		t.Errorf("writeReport writes %q, want %q in it", out.String(), want)
	}
}

// TestReportLength checks that only some of many similar findings are printed.
func TestReportLength(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		1: "w?[2J: 1 finding\n", manyFindings: "w?[2J: 10 findings\n",
		manyFindings + 5: "w?[2J: 15 findings\n  5 more of handshake-never are not shown; use --json to see them\n",
	} {
		var out bytes.Buffer
		if err := writeReport(&out, manyReport(n)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "notice: handshake-never"); got != min(n, manyFindings) || !strings.HasSuffix(out.String(), want) {
			t.Errorf("writeReport of %d findings writes %d of them and %q, want %d and %q", n, got, out.String(), min(n, manyFindings), want)
		}
	}
}

// TestEmptyReport checks the text without devices.
func TestEmptyReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := writeReport(&out, doctor.Report{}); err != nil || out.String() != "no WireGuard devices found\n" {
		t.Errorf("writeReport of nothing = %v, %q, want nil, %q", err, out.String(), "no WireGuard devices found\n")
	}
}
