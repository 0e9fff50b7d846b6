// Package wgquickcommand implements wg-quick(8): its arguments, its messages, the "[#]"
// lines and its exit codes. Package quick does the work.
package wgquickcommand
