// Package testutil holds what the tests of several packages share: a fake daemon,
// sockets, checks for leaks and printed secrets, step counters and random values.
// No program imports it, only tests and package wgtest. It does not import
// package testing, so that it can be used in TestMain, fuzz targets and
// benchmarks alike.
package testutil
