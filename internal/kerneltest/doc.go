// Package kerneltest contains fakes of kernels that tests cannot run. Each fake follows
// the steps of its kernel, with the kernel's limits and errors. It shares no code with
// the backend that it tests, except for the ioctl numbers and sizes in internal/bsd, the
// codec of FreeBSD's lists (nvlist), and the error codes in wgwindows. Mistakes in the
// first two are found by their own tests; compare the error codes with winerror.h.
package kerneltest
