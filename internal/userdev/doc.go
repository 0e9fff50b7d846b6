// Package userdev serves the socket of a userspace device.
package userdev
