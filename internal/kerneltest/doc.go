// Package kerneltest contains fakes of kernels that tests cannot run. Each fake follows
// the steps of its kernel, with the kernel's limits and errors, and does not share code
// with the backend that it tests.
package kerneltest
