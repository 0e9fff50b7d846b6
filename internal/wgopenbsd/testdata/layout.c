/*
 * The structures of if_wg.h, typed in without the system's headers, and what the tests
 * compare with them. docs/testing.md says how to compile this file. OLD selects
 * OpenBSD before 7.4, DRAGONFLY selects DragonFly BSD.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;

#define offsetof(t, f) __builtin_offsetof(t, f)
#define VALUE(name, value) const u64 V_##name = (value);

struct allowed {
	u8 family;
	int bits;
	union { u8 v4[4]; u8 v6[16]; u32 align; } address;
};

struct peer {
	int flags;
#ifndef DRAGONFLY
	int version;
#endif
	u8 public[32];
	u8 psk[32];
	u16 keepalive;
	union { u32 align; u8 sockaddr_in6[28]; } endpoint;
	u64 tx;
	u64 rx;
	struct { long long sec; long nsec; } handshake;
#ifdef DRAGONFLY
	u64 id;
#endif
#ifndef OLD
	char description[64];
#endif
	size allowed_count;
	struct allowed allowed[];
};

struct interface {
#ifdef DRAGONFLY
	int flags;
	u16 port;
	u32 mark;
#else
	u8 flags;
	u16 port;
	int mark;
#endif
	u8 public[32];
	u8 private[32];
	size peers_count;
	struct peer peers[];
};

struct data {
	char name[16];
	size size;
	struct interface *interface;
};

VALUE(data_size, sizeof(struct data))
VALUE(data_pointer, offsetof(struct data, interface))
VALUE(iface_port, offsetof(struct interface, port))
VALUE(iface_mark, offsetof(struct interface, mark))
VALUE(iface_public, offsetof(struct interface, public))
VALUE(iface_private, offsetof(struct interface, private))
VALUE(iface_count, offsetof(struct interface, peers_count))
VALUE(iface_peers, offsetof(struct interface, peers))
VALUE(iface_size, sizeof(struct interface))
#ifndef DRAGONFLY
VALUE(peer_version, offsetof(struct peer, version))
#endif
VALUE(peer_public, offsetof(struct peer, public))
VALUE(peer_psk, offsetof(struct peer, psk))
VALUE(peer_keepalive, offsetof(struct peer, keepalive))
VALUE(peer_endpoint, offsetof(struct peer, endpoint))
VALUE(peer_tx, offsetof(struct peer, tx))
VALUE(peer_rx, offsetof(struct peer, rx))
VALUE(peer_sec, offsetof(struct peer, handshake.sec))
VALUE(peer_nsec, offsetof(struct peer, handshake.nsec))
VALUE(peer_count, offsetof(struct peer, allowed_count))
VALUE(peer_allowed, offsetof(struct peer, allowed))
VALUE(peer_size, sizeof(struct peer))
VALUE(allowed_bits, offsetof(struct allowed, bits))
VALUE(allowed_address, offsetof(struct allowed, address))
VALUE(allowed_size, sizeof(struct allowed))
