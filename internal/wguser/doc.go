// Package wguser is the backend for userspace WireGuard devices: those of
// daemons, over Unix sockets or named pipes, and those of this process.
//
// It finds devices, decides which daemons may receive secrets, exchanges requests
// and replies, and works around daemon quirks. Package uapi encodes and decodes the
// protocol, and package wginternal defines what a Config means.
//
// # Daemon quirks
//
//	daemon                  quirk                                            handled in
//	wireguard-go            holds the device's lock until a get reply        stream.go
//	                        was read
//	wireguard-go            reopens its UDP sockets for every listen_port,   session.go: configure,
//	                        even the current one, and has no sockets if      send
//	                        the port is in use
//	wireguard-go            loses what is sent after a set request           socket.go: one request
//	                                                                         a connection
//	boringtun               closes the connection after one request          the same
//	boringtun               applies remove, endpoint, keepalive and          boringtun.go
//	                        preshared key of a peer to the following peers
//	                        of the request, too
//	boringtun               crashes when a peer that it has is configured,   boringtun.go
//	                        and when it has no key and a peer is added
//	boringtun               lacks update_only, replace_allowed_ips and the   boringtun.go
//	                        removal of single allowed IPs
//	boringtun               accepts only numbers as zones of endpoints       zone.go
//	boringtun               sends own_public_key instead of private_key,     package uapi
//	                        positive errnos and the age of a handshake
//	GotaTun                 closes the connection without a reply if it      gotatun.go
//	                        cannot parse a line, such as the removal of a
//	                        single allowed IP
//	daemons before May 2025 cannot remove a single allowed IP                session.go:
//	                                                                         configureStandard
//
// The code in quirks.go finds out which daemon listens on a socket.
package wguser
