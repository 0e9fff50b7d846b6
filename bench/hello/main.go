// Command hello is the limit of the time that a command in Go takes to start: it prints
// a line.
package main

import "os"

func main() {
	if _, err := os.Stdout.WriteString("hello\n"); err != nil {
		os.Exit(1)
	}
}
