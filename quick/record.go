package quick

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// record lists the items of an interface that exist. An item is in the record before
// it is created and until it is removed, so that a later process finds what a killed
// one left.
type record struct {
	path string

	// Complete reports that Up has finished.
	Complete bool `json:"complete"`
	// Text is a hash of the file that Up or Reload applied.
	Text string `json:"text,omitempty"`
	// Hooks are the PreUp and PostUp hooks that Up ran, as a hash.
	Hooks string `json:"hooks,omitempty"`
	// Port is the UDP port that the system chose, or 0.
	Port  uint16 `json:"port,omitempty"`
	Items []item `json:"items"`
	// Commands is what the commands of other systems than Linux made, or nil.
	Commands *bsdplan.State `json:"commands,omitempty"`
}

// recordPath returns the path of the record of an interface in the directory dir.
func recordPath(dir, name string) string { return filepath.Join(dir, name+".json") }

// recordOf returns the record of an interface. Without the right to read it, it warns and
// returns an empty record: Plan needs no privilege, and what changes something needs a
// lock in the same directory.
func recordOf(dir, name string, warn func(error)) (*record, error) {
	r, err := readRecord(dir, name)
	if errors.Is(err, fs.ErrPermission) {
		warn(fmt.Errorf("%w: the steps may differ, because nothing is known about an earlier up", err))
		return &record{path: recordPath(dir, name)}, nil
	}
	return r, err
}

// readRecord returns the record of an interface, or an empty record if there is none.
func readRecord(dir, name string) (*record, error) {
	r := &record{path: recordPath(dir, name)}
	text, err := os.ReadFile(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read record %s: %w", r.path, err)
	}
	return r, nil
}

// empty reports whether the record has no item.
func (r *record) empty() bool { return len(r.Items) == 0 }

// write replaces the file in one step.
func (r *record) write() error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temporary := r.path + ".tmp"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, r.path)
}

// remove deletes the file.
func (r *record) remove() error {
	r.Items, r.Commands = nil, nil
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// find returns the first item of this kind, or nil.
func (r *record) find(k kind) *item {
	i := slices.IndexFunc(r.Items, func(i item) bool { return i.Kind == k })
	if i < 0 {
		return nil
	}
	return &r.Items[i]
}

// add appends items.
func (r *record) add(items ...item) { r.Items = append(r.Items, items...) }

// confirm notes that all items exist. The next write of the record contains it.
func (r *record) confirm() {
	for i := range r.Items {
		r.Items[i].Pending = false
	}
}

// drop removes the items for which gone returns true.
func (r *record) drop(gone func(item) bool) { r.Items = slices.DeleteFunc(r.Items, gone) }
