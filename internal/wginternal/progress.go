package wginternal

import "context"

// Progress is told how many of all peers have been read or written. all is 0
// where a read does not know it: neither protocol says how many there are.
type Progress func(done, all int)

type progressKey struct{}

// WithProgress returns a context whose exchanges tell p. p is called from the
// goroutine of the exchange, often: it must return at once.
func WithProgress(ctx context.Context, p Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// ProgressOf returns what WithProgress gave to ctx, and nil otherwise.
func ProgressOf(ctx context.Context) Progress {
	p, _ := ctx.Value(progressKey{}).(Progress)
	return p
}
