// Package testutil holds what the tests of several packages share: a fake daemon,
// scenarios that compare a backend with the model, sockets, checks for leaks and printed
// secrets, step counters and random values. No program imports it, only tests and package
// wgtest.
package testutil
