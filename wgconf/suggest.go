package wgconf

import "strings"

// mostWrong is how many letters of a suggestion may differ.
const mostWrong = 2

// suggest returns the key name whose spelling is closest to name, ignoring case,
// or "" if none is close.
func suggest(name string) string {
	best, least := "", mostWrong+1
	for i := range allKeys {
		word := allKeys[i].name
		// Two words that differ in half of their letters are not similar.
		if d := distance(strings.ToLower(name), strings.ToLower(word)); d < least && 2*d < len(word) {
			best, least = word, d
		}
	}
	return best
}

// distance returns the number of bytes to insert, delete or replace to turn a
// into b (Levenshtein). Above mostWrong the result is inexact.
func distance(a, b string) int {
	if d := len(a) - len(b); d > mostWrong || -d > mostWrong {
		return mostWrong + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
