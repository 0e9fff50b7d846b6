// Package exporter is the body of the command wgctrl-exporter: its flags, its
// pages and its end.
//
// It knows how metrics are served, and refuses to know what they mean: that is
// package wgprom's.
package exporter
