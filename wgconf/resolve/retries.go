package resolve

import (
	"fmt"
	"math"
	"strconv"
)

const (
	// DefaultRetries is wg(8)'s number: 72 seconds of waiting in all.
	DefaultRetries = 15
	// Infinity is the number of retries that is never reached.
	Infinity = math.MaxInt
)

// ParseRetries reads the value of wg(8)'s environment variable
// WG_ENDPOINT_RESOLUTION_RETRIES: a decimal number up to 2147483647, or
// infinity. Where the variable is not set, and so empty, it is DefaultRetries.
func ParseRetries(value string) (int, error) {
	switch value {
	case "":
		return DefaultRetries, nil
	case "infinity":
		return Infinity, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("resolve: retries: %.48q is neither a number up to %d nor infinity", value, math.MaxInt32)
	}
	return int(n), nil
}
