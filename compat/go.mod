module golang.zx2c4.com/wireguard/wgctrl

go 1.26.0

require github.com/wgctrl/wgctrl v0.0.0-00010101000000-000000000000

require (
	github.com/fsnotify/fsnotify v1.10.1 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/mdlayher/genetlink v1.4.0 // indirect
	github.com/mdlayher/netlink v1.11.2 // indirect
	github.com/mdlayher/socket v0.6.0 // indirect
	golang.org/x/net v0.53.0 // indirect
	golang.org/x/sync v0.20.0 // indirect
	golang.org/x/sys v0.43.0 // indirect
)

// Used in this repository only: Go ignores replace directives of dependencies.
replace github.com/wgctrl/wgctrl => ..
