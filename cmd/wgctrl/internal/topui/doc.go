// Package topui shows package top's view on a terminal, with Bubble Tea.
//
// It knows keys, ticks and how events reach the view without holding up the
// screen, and refuses to know what is on the screen.
package topui
