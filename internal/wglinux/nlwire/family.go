package nlwire

import "github.com/wgctrl/wgctrl/wgtypes"

// Message type, commands and attributes of the controller of generic netlink
// (linux/genetlink.h).
const (
	typeControl      = 16 // GENL_ID_CTRL
	commandGetFamily = 3  // CTRL_CMD_GETFAMILY

	familyID      = 1 // CTRL_ATTR_FAMILY_ID, u16
	familyName    = 2 // CTRL_ATTR_FAMILY_NAME, text
	familyVersion = 3 // CTRL_ATTR_VERSION, u32
	familyMaxAttr = 5 // CTRL_ATTR_MAXATTR, u32
)

// FamilyInfo is what the kernel says about a generic netlink family.
type FamilyInfo struct {
	ID      uint16
	Version uint32
	// MaxAttr is the largest number of an attribute in requests.
	MaxAttr uint32
}

// AppendGetFamily appends the request for the family with that name.
func AppendGetFamily(b []byte, h Header, name string) []byte {
	start := len(b)
	h.Type, h.Flags = typeControl, FlagRequest
	b = appendHeader(b, h)
	b = appendGenl(b, commandGetFamily)
	b = appendText(b, familyName, name)
	return finish(b, start)
}

// DecodeFamily decodes the reply.
func DecodeFamily(h Header, payload []byte) (f FamilyInfo, err error) {
	if h.Type != typeControl {
		return f, malformed("message type %d is not about a family", h.Type)
	}
	if len(payload) < genlHeader {
		return f, malformed("reply of %d bytes", len(payload))
	}
	a := attrsOf(payload[genlHeader:])
	for a.next() {
		switch a.typ {
		case familyID:
			decodeNumber(&a, &f.ID)
		case familyVersion:
			decodeNumber(&a, &f.Version)
		case familyMaxAttr:
			decodeNumber(&a, &f.MaxAttr)
		}
	}
	if a.err == nil && (f.ID == 0 || f.Version == 0) {
		a.fail("family with number %d and version %d", f.ID, f.Version)
	}
	return f, a.err
}

// maxAttrV31 is the largest attribute of AmneziaWG 3.1, which has the same family
// version as 3.0.
const maxAttrV31 = 34

// Amnezia returns the version of AmneziaWG that the family f of its module has, or
// false for a family version that this package does not know.
func (f FamilyInfo) Amnezia() (version wgtypes.AmneziaVersion, ok bool) {
	switch {
	case f.Version == 1:
		return wgtypes.AmneziaV10, true
	case f.Version == 2:
		return wgtypes.AmneziaV20, true
	case f.Version == 3 && f.MaxAttr < maxAttrV31:
		return wgtypes.AmneziaV30, true
	case f.Version == 3:
		return wgtypes.AmneziaV31, true
	}
	return 0, false
}
