//go:build !windows

package cli

const demoHasSockets = true
