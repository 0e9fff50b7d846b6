// Package wgcommand implements the command wg(8) with the same arguments, output,
// messages and exit codes, byte for byte, since scripts rely on them.
//
// It reaches devices with package wgctrl and parses files with package wgconf.
//
// docs/wg.md lists the deliberate differences from wg.
package wgcommand
