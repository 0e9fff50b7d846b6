package cli

import (
	"strings"
	"testing"
)

// TestDoctorFileOfAmnezia checks that doctor reads the parameters of AmneziaWG.
func TestDoctorFileOfAmnezia(t *testing.T) {
	t.Parallel()
	file, err := doctorFile(strings.NewReader("[Interface]\nJc = 4\n"), "-")
	if err != nil || len(file.Problems) > 0 {
		t.Fatalf("doctorFile() = %v, %v, want a file without problems", file, err)
	}
	if a := file.Settings.Interface.Amnezia; a == nil || a.Jc == nil || *a.Jc != 4 {
		t.Errorf("doctorFile() has the parameters %v, want Jc = 4", a)
	}
}
