module github.com/wgctrl/wgctrl

go 1.26.0

// The lowest versions that have what the library uses, which scripts/versions tests:
// netlink has Conn.PID since v1.9.0, and requires go-cmp and x/sys. fsnotify closes all
// files, and watches directories with broken links, on systems with kqueue since v1.10.0.
require (
	github.com/fsnotify/fsnotify v1.10.0
	github.com/google/go-cmp v0.7.0
	github.com/mdlayher/genetlink v1.3.2
	github.com/mdlayher/netlink v1.9.0
	golang.org/x/sys v0.41.0
)

require (
	github.com/mdlayher/socket v0.5.1 // indirect
	golang.org/x/net v0.50.0 // indirect
	golang.org/x/sync v0.3.0 // indirect
)
