// Package top is the live view of devices and peers: what is known of them, in
// which order and how much of it is shown, and the lines of the screen.
//
// It knows events, rates and the width of a screen, and refuses to know where
// events come from, what time it is and how a terminal is driven. All that it
// writes is text that termtext has cleaned, and its own colours.
package top
