// Package nearest finds the word that was meant by one that is misspelled.
package nearest

import "strings"

// most is how many letters may be wrong.
const most = 2

// Word returns the word that is spelled most like the given one, whatever their
// case; "" if none is near.
func Word(given string, words []string) string {
	best, least := "", most+1
	for _, word := range words {
		// Half of a short word is no resemblance.
		if d := distance(strings.ToLower(given), strings.ToLower(word)); d < least && 2*d < len(word) {
			best, least = word, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete or replace to make a into b
// (Levenshtein); more than most is told inexactly.
func distance(a, b string) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
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
