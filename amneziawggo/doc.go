// Package amneziawggo tests the library with amneziawg-go in the same process. It is a
// module of its own, which is not part of go.work, so that no other one depends on
// amneziawg-go.
//
// A build has one release of a module. go.mod selects the last release that the module
// proxy has, and the other .mod files one earlier release each. To test all of them:
//
//	for file in *.mod; do GOWORK=off go test -modfile="$file" .; done
package amneziawggo
