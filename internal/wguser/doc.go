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
//	boringtun               crashes when a peer that it has is configured    boringtun.go
//	boringtun, GotaTun      crash when a peer is added and they have no      boringtun.go,
//	                        key, and cannot remove a key: they store the     gotatun.go
//	                        zero key
//	boringtun, GotaTun      keep a prefix that moves to another peer in the  boringtun.go,
//	                        list of its old peer, too                        gotatun.go
//	boringtun               lacks update_only, replace_allowed_ips and the   boringtun.go
//	                        removal of single allowed IPs
//	boringtun, GotaTun      accept only numbers as zones of endpoints        zone.go
//	boringtun               sends own_public_key instead of private_key,     package uapi
//	                        positive errnos and the age of a handshake
//	GotaTun                 closes the connection without a reply if it      gotatun.go
//	                        cannot parse a line, such as the removal of a
//	                        single allowed IP
//	GotaTun                 ends the session of each peer that a request     gotatun.go
//	                        names
//	GotaTun                 stores a port that it cannot open, returns       gotatun.go
//	                        EINVAL and has no sockets
//	GotaTun before 0.3.0    forgets the settings of a peer that a request    gotatun.go
//	                        does not repeat; 0.1 crashes at a zero
//	                        preshared key
//	amneziawg-go            does not always show which version it is, and   amnezialevel.go,
//	                        versions accept different values                 amneziapacket.go
//	amneziawg-go to 0.2.15  sets parameters that a request does not list to  amnezia.go: request
//	                        the default
//	amneziawg-go 0.2.16     stores invalid parameters, and then rejects      amnezia.go: restore
//	to 0.2.19               every later request
//	daemons before May 2025 cannot remove a single allowed IP                session.go:
//	                                                                         configureStandard
//
// The code in quirks.go finds out which daemon listens on a socket.
package wguser
