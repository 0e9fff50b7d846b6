package quickcompare

import (
	"encoding/json"
	"os"
)

// A recording is what the original did with one file.
type recording struct {
	Up        run   `json:"up"`
	State     state `json:"state"`
	Down      run   `json:"down"`
	AfterDown state `json:"after_down"`
}

// A run is what a program said.
type run struct {
	Code   int      `json:"code"`
	Lines  []string `json:"lines"`            // steps, notices and warnings
	Errors []string `json:"errors,omitempty"` // errors that begin with wg-quick's name
}

func readRecording(path string) (recording, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return recording{}, err
	}
	var r recording
	return r, json.Unmarshal(b, &r)
}

func writeRecording(path string, r recording) error {
	return os.WriteFile(path, []byte(layout(r)), 0o644)
}
