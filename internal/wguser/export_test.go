package wguser

var (
	Aliased = aliased
	Rebuild = rebuild
)
