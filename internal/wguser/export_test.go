//go:build unix

package wguser

var (
	Aliased     = aliased
	Rebuild     = rebuild
	Searched    = searched
	ErrKeyFirst = errKeyFirst
	JudgePaths  = judgePaths
)
