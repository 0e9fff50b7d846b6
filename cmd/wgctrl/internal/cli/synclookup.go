package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// hostTime limits the lookups of sync, of all files together.
const hostTime = 2 * time.Minute

// resolve looks up the host names of files.
func (f *syncFlags) resolve(cmd *cobra.Command, files []*syncFile) error {
	const retries = "WG_ENDPOINT_RESOLUTION_RETRIES"
	n, err := resolve.ParseRetries(os.Getenv(retries))
	if err != nil {
		return fmt.Errorf("%s: %w", retries, err)
	}
	l := hostLookup{out: cmd.ErrOrStderr(), retries: n, skip: f.unresolved == unresolvedSkip}
	l.run(cmd.Context(), files)
	return nil
}

// hostLookup looks up the host names of files.
type hostLookup struct {
	out      io.Writer        // for messages
	resolver resolve.Resolver // nil for that of the system
	retries  int              // see resolve.Options
	skip     bool             // ignore endpoints that cannot be resolved
}

// run looks up the host names of all files concurrently, each once, and replaces them by
// their addresses. It gives up after hostTime, unless more than the default number of
// retries is wanted.
//
// A file with a name that has no address gets an error or, with skip, no endpoint for the
// peer and a message. Messages are in the order of the files.
func (l *hostLookup) run(ctx context.Context, files []*syncFile) {
	var found wgconf.Settings
	var peers []*wgconf.Peer // those of found in the files
	var owners []*syncFile   // the file of each
	for _, f := range files {
		for _, p := range f.hostPeers() {
			found.Peers, peers, owners = append(found.Peers, *p), append(peers, p), append(owners, f)
		}
	}
	err := l.lookUp(ctx, &found)
	for i, p := range peers {
		p.Endpoint = found.Peers[i].Endpoint
	}
	unresolved := make(map[*syncFile][]resolve.UnresolvedPeer)
	if e, ok := errors.AsType[*resolve.UnresolvedError](err); ok {
		for _, p := range e.Peers {
			f := owners[p.Index]
			unresolved[f] = append(unresolved[f], p)
		}
	}
	for _, f := range files {
		switch missing := unresolved[f]; {
		case len(missing) == 0:
		case l.skip && ctx.Err() == nil:
			l.report(f, missing)
		default:
			f.err = fmt.Errorf("%s: %w", f.name, &lookupError{&resolve.UnresolvedError{Peers: missing}})
		}
	}
}

// lookUp looks up the host names of s. The error is a *resolve.UnresolvedError.
func (l *hostLookup) lookUp(ctx context.Context, s *wgconf.Settings) error {
	if l.retries <= resolve.DefaultRetries {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hostTime)
		defer cancel()
	}
	return resolve.Settings(ctx, s, resolve.Options{Resolver: l.resolver, Retries: l.retries, OnRetry: retryReporter(l.out), KeepGoing: true})
}

// report prints the peers whose endpoints do not change.
func (l *hostLookup) report(f *syncFile, unresolved []resolve.UnresolvedPeer) {
	for _, p := range unresolved {
		peer := p.PublicKey.String()
		if name := f.names()[p.PublicKey]; name != "" {
			peer += " (" + name + ")"
		}
		text := fmt.Sprintf("%s: %s: the endpoint of peer %s does not change", f.name, keytext.Hide(p.Err.Error()), peer)
		fmt.Fprintf(l.out, "wgctrl: %s\n", termtext.Clean(text))
	}
}

// retryReporter returns a resolve.Options.OnRetry that reports retries on w.
func retryReporter(w io.Writer) func(e wgconf.Endpoint, err error, wait time.Duration) {
	return func(_ wgconf.Endpoint, err error, wait time.Duration) {
		fmt.Fprintf(w, "wgctrl: %s; trying again in %v\n", termtext.Clean(keytext.Hide(err.Error())), wait.Round(10*time.Millisecond))
	}
}

// lookupError is the error of a lookup. It hides a host name that may be a key.
type lookupError struct{ err error }

func (e *lookupError) Error() string { return keytext.Hide(e.err.Error()) }
func (e *lookupError) Unwrap() error { return e.err }
