// Package nsthread runs functions on a thread that may have its own namespaces.
package nsthread
