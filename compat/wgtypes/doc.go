// Package wgtypes has the types of the API of wgctrl-go.
//
// It exports exactly the names of wgctrl-go's package of this path, with the same
// types, methods and order of fields. Programs embed these structs, convert them and
// encode them; an additional method could change what they encode. New programs
// should import github.com/wgctrl/wgctrl/wgtypes, which does not print secret keys.
package wgtypes
