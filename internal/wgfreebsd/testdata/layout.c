// The structs that the backend for FreeBSD encodes and decodes, without the headers of
// the system, for clang's targets. docs/testing.md says how to print the numbers.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

// sys/dev/wg/if_wg.h
struct wg_data_io {
	char name[16];
	void *data;
	__SIZE_TYPE__ size;
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
	union {
		u8 addr8[16];
		u16 addr16[8];
		u32 addr32[4];
	} addr;
	u32 scope_id;
};

// sys/contrib/libnv
struct nvlist_header {
	u8 magic, version, flags;
	u64 descriptors, size;
} __attribute__((packed));

struct nvpair_header {
	u8 type;
	u16 namesize;
	u64 datasize, nitems;
} __attribute__((packed));

#define AT(s, f) __builtin_offsetof(struct s, f)
#define IOWR(n, s) (0xc0000000 | sizeof(struct s) << 16 | 'i' << 8 | n)

const u64 V_data_io[] = {AT(wg_data_io, data), AT(wg_data_io, size), sizeof(struct wg_data_io)};
const u64 V_requests[] = {IOWR(210, wg_data_io), IOWR(211, wg_data_io)};
const u64 V_sockaddr_in[] = {AT(sockaddr_in, family), AT(sockaddr_in, port), AT(sockaddr_in, addr), sizeof(struct sockaddr_in)};
const u64 V_sockaddr_in6[] = {AT(sockaddr_in6, port), AT(sockaddr_in6, addr), AT(sockaddr_in6, scope_id), sizeof(struct sockaddr_in6)};
const u64 V_list[] = {AT(nvlist_header, flags), AT(nvlist_header, descriptors), AT(nvlist_header, size), sizeof(struct nvlist_header)};
const u64 V_pair[] = {AT(nvpair_header, namesize), AT(nvpair_header, datasize), AT(nvpair_header, nitems), sizeof(struct nvpair_header)};
