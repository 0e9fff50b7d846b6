// Package record defines the file that a run writes and a report reads. It has
// lines of JSON, so that the results of a run that was interrupted can be used.
package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/wgctrl/wgctrl/bench/workload"
)

// Line is one line. Exactly one field is set.
type Line struct {
	Machine *Machine     `json:"machine,omitempty"`
	Result  *Measurement `json:"result,omitempty"`
}

// Machine describes the machine of a run.
type Machine struct {
	Kernel     string `json:"kernel"`
	Processor  string `json:"processor"`
	Processors int    `json:"processors"`
	Host       string `json:"host,omitempty"` // the processor below, if the machine is emulated
	Go         string `json:"go"`
	WG         string `json:"wg,omitempty"`       // the output of wg --version
	WgctrlGo   string `json:"wgctrlgo,omitempty"` // the version of the module
}

// Measurement has the costs of one process. A value that is unknown is -1.
type Measurement struct {
	Work string        `json:"work"`
	Who  string        `json:"who"`
	Size workload.Size `json:"size"`

	CPU    time.Duration `json:"cpu"` // user and system
	System time.Duration `json:"system"`
	Wall   time.Duration `json:"wall"`

	Allocations int64 `json:"allocations"`
	Allocated   int64 `json:"allocated"` // bytes
	// Growth is the largest increase of the resident memory, in bytes. For commands
	// it is the whole resident memory.
	Growth   int64 `json:"growth"`
	Messages int64 `json:"messages"` // sent or received
}

// Encode writes a line to w.
func Encode(w io.Writer, l Line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// Decode reads all lines. others are lines that are not JSON, which the machine
// that runs the programs may print.
func Decode(r io.Reader) (lines []Line, others []string, err error) {
	s := bufio.NewScanner(r)
	for s.Scan() {
		var l Line
		if json.Unmarshal(s.Bytes(), &l) == nil && (l.Machine != nil || l.Result != nil) {
			lines = append(lines, l)
		} else {
			others = append(others, s.Text())
		}
	}
	if err := s.Err(); err != nil {
		return nil, nil, fmt.Errorf("reading measurements: %w", err)
	}
	return lines, others, nil
}
