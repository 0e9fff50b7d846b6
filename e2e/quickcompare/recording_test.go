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
