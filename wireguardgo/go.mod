module github.com/wgctrl/wgctrl/wireguardgo

go 1.26.0

// Used in this repository only: Go ignores replace directives of dependencies.
replace github.com/wgctrl/wgctrl => ..

require (
	github.com/google/go-cmp v0.7.0
	github.com/wgctrl/wgctrl v0.0.0-00010101000000-000000000000
	golang.zx2c4.com/wireguard v0.0.0-20260522210424-ecfc5a8d5446
)

require (
	github.com/fsnotify/fsnotify v1.10.0 // indirect
	github.com/mdlayher/genetlink v1.3.2 // indirect
	github.com/mdlayher/netlink v1.9.0 // indirect
	github.com/mdlayher/socket v0.5.1 // indirect
	golang.org/x/crypto v0.48.0 // indirect
	golang.org/x/net v0.50.0 // indirect
	golang.org/x/sync v0.3.0 // indirect
	golang.org/x/sys v0.41.0 // indirect
	golang.zx2c4.com/wintun v0.0.0-20230126152724-0fa3db229ce2 // indirect
)
