// Package wgquickcommand implements wg-quick(8) and awg-quick(8): their arguments,
// messages, "[#]" lines and exit codes. Package quick does the work.
package wgquickcommand
