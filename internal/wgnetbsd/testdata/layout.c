// The structs that the backend for NetBSD encodes and decodes, without the headers of the
// system, for clang's targets. docs/testing.md says how to print the numbers.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

// net/if.h
struct ifdrv {
	char name[16];
	unsigned long cmd;
	__SIZE_TYPE__ len;
	void *data;
};

// netinet/in.h
struct sockaddr_in {
	u8 len, family;
	u16 port;
	u32 addr;
	char zero[8];
};

// netinet6/in6.h
struct sockaddr_in6 {
	u8 len, family;
	u16 port;
	u32 flowinfo;
	u32 addr[4];
	u32 scope_id;
};

#define AT(s, f) __builtin_offsetof(struct s, f)
#define NUMBER(direction, n, s) (direction | sizeof(struct s) << 16 | 'i' << 8 | n)

const unsigned long long V_ifdrv_cmd = AT(ifdrv, cmd);
const unsigned long long V_ifdrv_len = AT(ifdrv, len);
const unsigned long long V_ifdrv_data = AT(ifdrv, data);
const unsigned long long V_ifdrv_size = sizeof(struct ifdrv);
const unsigned long long V_SIOCSDRVSPEC = NUMBER(0x80000000, 123, ifdrv);
const unsigned long long V_SIOCGDRVSPEC = NUMBER(0xc0000000, 123, ifdrv);
const unsigned long long V_in_port = AT(sockaddr_in, port);
const unsigned long long V_in_addr = AT(sockaddr_in, addr);
const unsigned long long V_in_size = sizeof(struct sockaddr_in);
const unsigned long long V_in6_port = AT(sockaddr_in6, port);
const unsigned long long V_in6_addr = AT(sockaddr_in6, addr);
const unsigned long long V_in6_scope_id = AT(sockaddr_in6, scope_id);
const unsigned long long V_in6_size = sizeof(struct sockaddr_in6);
