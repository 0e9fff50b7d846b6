package uapinet

func isTemporary(error) bool { return false }
