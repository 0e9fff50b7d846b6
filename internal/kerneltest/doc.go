// Package kerneltest contains fakes of kernels that tests cannot run. Each fake follows
// the steps of its kernel, with the kernel's limits and errors. It shares no code with
// the backend that it tests, except for the ioctl numbers and sizes in internal/bsd and
// the codec of FreeBSD's lists (nvlist). Mistakes in these are found by their own tests.
package kerneltest
