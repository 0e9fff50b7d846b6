// Package wgtypes holds the values of the old API, which package wgctrl beside
// it takes and gives.
//
// It has the exported names of wgctrl-go's package of this path with their
// types, fields and methods, in their order, and no others: programs embed
// these structs, convert them and encode them, and one method more would change
// what they encode. A new program imports github.com/wgctrl/wgctrl/wgtypes,
// whose secret keys do not print.
package wgtypes
