package wginternal

import "context"

// Notifier is a Backend that learns at once when devices come, go or are
// renamed.
type Notifier interface {
	// Notify calls changed as soon as it is in place, and then whenever the list
	// of devices may have changed; also when it cannot tell, because it was told
	// too much. changed returns at once. Notify returns nil when ctx ends, and
	// early when nothing will ever be told; an error is why it cannot go on.
	Notify(ctx context.Context, changed func()) error
}
