//go:build linux

package main

import (
	"fmt"
	"os"
)

func main() {
	if err := dispatch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("want run or profile, as the documentation says")
	}
	switch command, rest := args[0], args[1:]; command {
	case "run":
		return run(rest)
	case "profile":
		return profile(rest)
	case childCommand:
		return child(rest)
	case serveCommand:
		return serve(rest)
	case fileCommand:
		return writeFile(rest)
	default:
		return fmt.Errorf("unknown command %q", command)
	}
}
