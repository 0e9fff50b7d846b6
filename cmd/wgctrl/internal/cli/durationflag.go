package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wgctrl/wgctrl"
)

// durationFlag is the value of a flag: a duration such as 5s, or a number of seconds.
type durationFlag time.Duration

func (d durationFlag) String() string { return time.Duration(d).String() }
func (d durationFlag) Type() string   { return "time" }

func (d *durationFlag) Set(text string) error {
	parsed, err := parseDuration(text)
	*d = durationFlag(parsed)
	return err
}

var errDuration = errors.New("must be a number of seconds or a time such as 500ms, 5s or 2m")

// parseDuration parses a duration of Go or a number of seconds.
func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d == 0 && strings.ContainsAny(text, "123456789") { // less than a nanosecond
		return 0, errDuration
	}
	return d, nil
}

// timeoutFlag is the value of --timeout. It is negative for no timeout, as in
// wgctrl.WithReplyTimeout.
type timeoutFlag time.Duration

// defaultTimeout is the default of --timeout.
const defaultTimeout = timeoutFlag(5 * time.Second)

func (t timeoutFlag) String() string {
	if t < 0 {
		return "none"
	}
	return time.Duration(t).String()
}

func (t timeoutFlag) Type() string { return "time" }

func (t *timeoutFlag) Set(text string) error {
	d, err := parseDuration(text)
	switch {
	case text == "none" || err == nil && d == 0:
		*t = -1
	case err != nil || d < 0:
		return fmt.Errorf("%w, or none", errDuration)
	default:
		*t = timeoutFlag(d)
	}
	return nil
}

// option returns the option of the Client.
func (t timeoutFlag) option() wgctrl.Option { return wgctrl.WithReplyTimeout(time.Duration(t)) }

// isFlagOfShow reports whether show has a flag that root, which also shows devices, does
// not know.
func isFlagOfShow(root *cobra.Command, unknown *pflag.NotExistError) bool {
	show, _, err := root.Find([]string{"show"})
	if err != nil {
		return false
	}
	if unknown.GetSpecifiedShortnames() != "" {
		return show.Flags().ShorthandLookup(unknown.GetSpecifiedName()) != nil
	}
	return show.Flags().Lookup(unknown.GetSpecifiedName()) != nil
}

// flagError returns the error of a flag in the form of other errors.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &invalid):
		return fmt.Errorf("invalid --%s %q: %w", invalid.GetFlag().Name, invalid.GetValue(), errors.Unwrap(invalid))
	case errors.As(err, &missing):
		return fmt.Errorf("missing %s after --%s", argumentOf(missing.GetFlag()), missing.GetFlag().Name)
	case errors.As(err, &unknown) && cmd != nil && !cmd.HasParent() && isFlagOfShow(cmd, unknown):
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return fmt.Errorf("unknown flag: %s%s: did you mean wgctrl show DEVICE %[1]s%[2]s?", dashes, unknown.GetSpecifiedName())
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return fmt.Errorf("unknown flag: -%s", unknown.GetSpecifiedName())
	}
	return err
}
