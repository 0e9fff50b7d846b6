// Package record is what a run writes and a report reads: lines of JSON, so
// that a run whose machine failed half way still tells what it had measured.
package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/wgctrl/wgctrl/bench/workload"
)

// Line is one line: either field is set.
type Line struct {
	Machine *Machine     `json:"machine,omitempty"`
	Result  *Measurement `json:"result,omitempty"`
}

// Machine is where a run took place.
type Machine struct {
	Kernel     string `json:"kernel"`
	Processor  string `json:"processor"`
	Processors int    `json:"processors"`
	Host       string `json:"host,omitempty"` // the processor below, if the machine is emulated
	Go         string `json:"go"`
	WG         string `json:"wg,omitempty"`       // what wg(8) says of its version
	WgctrlGo   string `json:"wgctrlgo,omitempty"` // its module's version
}

// Measurement is what one process was seen to cost. What is not known of it, as
// of a command that is not ours, is -1.
type Measurement struct {
	Work string        `json:"work"`
	Who  string        `json:"who"`
	Size workload.Size `json:"size"`

	CPU    time.Duration `json:"cpu"` // user and system
	System time.Duration `json:"system"`
	Wall   time.Duration `json:"wall"`

	Allocations int64 `json:"allocations"`
	Allocated   int64 `json:"allocated"` // bytes
	// Growth is by how much the resident memory grew at most, in bytes. Of a
	// command it is all of it.
	Growth   int64 `json:"growth"`
	Messages int64 `json:"messages"` // sent or received
}

// Encode writes a line.
func Encode(w io.Writer, l Line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// Decode reads all lines. What is no line of ours is returned apart: the machine
// that ran the programs prints too.
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
