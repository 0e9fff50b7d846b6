//go:build unix

package wguser

var JudgePaths = judgePaths
