/*
 * The structs of wireguard-nt's driver/ioctl.h, for clang. docs/testing.md says how to
 * compute the offsets that layout_internal_test.go has.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct in { u16 family, port; u8 addr[4], zero[8]; };
struct in6 { u16 family, port; u32 flowinfo; u8 addr[16]; u32 scope; };
union sockaddr_inet { struct in v4; struct in6 v6; };

struct interface {
	u32 Flags;
	u16 ListenPort;
	u8 PrivateKey[32], PublicKey[32];
	u32 PeersCount;
} __attribute__((aligned(8)));

struct peer {
	u32 Flags, ProtocolVersion;
	u8 PublicKey[32], PresharedKey[32];
	u16 PersistentKeepalive;
	union sockaddr_inet Endpoint;
	u64 TxBytes, RxBytes, LastHandshake;
	u32 AllowedIPsCount;
} __attribute__((aligned(8)));

struct allowed_ip {
	union { u8 v4[4], v6[16]; } Address;
	u16 AddressFamily;
	u8 Cidr;
	u32 Flags;
} __attribute__((aligned(8)));

#define FIELD(type, field) const u64 V_##type##_##field = __builtin_offsetof(struct type, field);
#define SIZE(type) const u64 V_sizeof_##type = sizeof(struct type);
FIELD(interface, Flags) FIELD(interface, ListenPort) FIELD(interface, PrivateKey)
FIELD(interface, PublicKey) FIELD(interface, PeersCount) SIZE(interface)
FIELD(peer, Flags) FIELD(peer, ProtocolVersion) FIELD(peer, PublicKey) FIELD(peer, PresharedKey)
FIELD(peer, PersistentKeepalive) FIELD(peer, Endpoint) FIELD(peer, TxBytes) FIELD(peer, RxBytes)
FIELD(peer, LastHandshake) FIELD(peer, AllowedIPsCount) SIZE(peer)
FIELD(allowed_ip, Address) FIELD(allowed_ip, AddressFamily) FIELD(allowed_ip, Cidr)
FIELD(allowed_ip, Flags) SIZE(allowed_ip)
FIELD(in6, family) FIELD(in6, port) FIELD(in, addr) FIELD(in6, addr) FIELD(in6, scope)
const u64 V_sizeof_sockaddr_inet = sizeof(union sockaddr_inet);
/* CTL_CODE(45208, function, method, FILE_READ_DATA | FILE_WRITE_DATA) */
#define CODE(function, method) ((u64)45208 << 16 | 3 << 14 | (function) << 2 | (method))
const u64 V_GET = CODE(321, 2), V_SET = CODE(322, 1);
