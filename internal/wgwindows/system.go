package wgwindows

// System is what the backend needs of Windows. Its errors wrap an Errno.
type System interface {
	// Adapters lists the WireGuard adapters that are present.
	Adapters() ([]Adapter, error)
	// Open opens the device interface with that path. It may succeed without the
	// privilege that requests need.
	Open(path string) (Handle, error)
}

// Adapter is an adapter of the driver.
type Adapter struct {
	// Name is the name that the program that created the adapter has given it.
	Name string
	// Path is the path of the adapter's device interface. It is empty until the
	// adapter has started.
	Path string
	// Version is the version of the installed driver, such as "1.0", or empty if it
	// is unknown.
	Version string
}

// Handle is an open device interface.
type Handle interface {
	// Control sends a request with DeviceIoControl. buf is the output buffer, which
	// the driver writes or, in a change, reads. returned is the number of bytes that the
	// driver has written or, with ErrMoreData, the size that it needs.
	Control(code uint32, buf []byte) (returned uint32, err error)
	Close() error
}
