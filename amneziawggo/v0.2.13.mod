module github.com/wgctrl/wgctrl/amneziawggo

go 1.26.0

replace github.com/wgctrl/wgctrl => ..

require (
	github.com/amnezia-vpn/amneziawg-go v0.2.13
	github.com/wgctrl/wgctrl v0.0.0-00010101000000-000000000000
)

require (
	github.com/fsnotify/fsnotify v1.10.1 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/tevino/abool v1.2.0 // indirect
	go.uber.org/atomic v1.11.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.zx2c4.com/wintun v0.0.0-20230126152724-0fa3db229ce2 // indirect
)
