package quick

import "encoding/json"

// Step is one change to the system. It contains no secrets, unless a hook does.
type Step struct {
	item    item
	text    string
	command string
}

// String returns what the step does, such as "add address 10.0.0.2/32 to wg0".
func (s Step) String() string { return s.text }

// Command returns the words that wg-quick prints for this step after "[#] ", such
// as "ip -4 address add 10.0.0.2/32 dev wg0". It is empty for steps that wg-quick
// does not take.
func (s Step) Command() string { return s.command }

// MarshalJSON returns an object with the text and the command of the step.
func (s Step) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Step    string `json:"step"`
		Command string `json:"command,omitempty"`
	}{s.text, s.command})
}

// item is something that a step creates, changes or removes.
type item struct{}
