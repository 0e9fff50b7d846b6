package quick

// Verb selects a function for [Plan].
type Verb uint8

// The verbs.
const (
	VerbUp     Verb = iota // Up
	VerbDown               // Down
	VerbReload             // Reload
	VerbSave               // Save
)

// String returns "up", "down", "reload" or "save".
func (v Verb) String() string {
	switch v {
	case VerbUp:
		return "up"
	case VerbDown:
		return "down"
	case VerbReload:
		return "reload"
	case VerbSave:
		return "save"
	}
	return "invalid"
}
