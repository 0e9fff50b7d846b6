package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// watchFilter are the flags of watch that select events.
type watchFilter struct {
	only     kindsFlag
	transfer bool
	interval time.Duration // the shortest time between two transfer lines of a peer
}

// add adds the flags to cmd.
func (f *watchFilter) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.only, "only", "print only lines of these kinds, separated by commas; can be repeated")
	flags.BoolVar(&f.transfer, "transfer", false, "also print transfer lines, with the bytes that peers receive and send (default with --json)")
	flags.Var((*durationFlag)(&f.interval), "transfer-interval", "shortest time between two transfer lines of a peer")
	flags.Lookup("transfer-interval").DefValue = "" // each reading
	nameArgument(flags, "only", "kinds")
	nameArgument(flags, "transfer-interval", "time")
	registerCompletion(cmd, "only", completeKinds)
	registerCompletion(cmd, "transfer-interval", noCompletion)
}

// check checks the flags and returns the kinds of events that watch prints. given tells
// which flags are on the command line.
func (f *watchFilter) check(given func(flag string) bool, asJSON bool) ([]wgtypes.EventKind, error) {
	kinds := slices.Clone(f.only)
	transfer := f.transfer
	if len(kinds) == 0 {
		kinds = eventKinds()
		transfer = transfer || asJSON && !given("transfer")
		kinds = slices.DeleteFunc(kinds, func(k wgtypes.EventKind) bool { return k == wgtypes.EventTransfer })
	}
	if transfer {
		kinds = append(kinds, wgtypes.EventTransfer)
	}
	switch {
	case f.interval < 0:
		return nil, fmt.Errorf("invalid --transfer-interval %v: must not be negative", f.interval)
	case given("transfer-interval") && !slices.Contains(kinds, wgtypes.EventTransfer):
		return nil, errors.New("watch: --transfer-interval requires --transfer or --only transfer")
	}
	return kinds, nil
}

// kindsFlag is the value of --only: names of kinds of events, separated by commas.
type kindsFlag []wgtypes.EventKind

func (f kindsFlag) String() string {
	var names []string
	for _, k := range f {
		names = append(names, k.String())
	}
	return strings.Join(names, ",")
}

func (f kindsFlag) Type() string { return "kinds" }

func (f *kindsFlag) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		i := slices.Index(eventNames(), name)
		if i < 0 {
			return fmt.Errorf("unknown kind %q: must be %s", name, orList(eventNames()))
		}
		*f = append(*f, eventKinds()[i])
	}
	return nil
}

// eventKinds returns the kinds of events.
func eventKinds() []wgtypes.EventKind {
	var kinds []wgtypes.EventKind
	for k := wgtypes.EventUnknown + 1; ; k++ {
		if _, err := k.MarshalText(); err != nil {
			return kinds
		}
		kinds = append(kinds, k)
	}
}

// eventNames returns the names of the kinds of events.
func eventNames() []string { return strings.Split(kindsFlag(eventKinds()).String(), ",") }

// completeKinds completes the last of several kinds of events.
func completeKinds(_ *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	before := toComplete[:strings.LastIndexByte(toComplete, ',')+1]
	given := strings.Split(before, ",")
	var words []string
	for _, name := range eventNames() {
		if !slices.Contains(given, name) {
			words = append(words, before+name)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
