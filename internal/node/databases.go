package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// mostDatabases bounds the search for the number of logical databases.
const mostDatabases = 1 << 14

// countDatabases finds the number of logical databases by SELECT: with one round
// trip if it is a power of two, else with a handful. own is left with any of
// them selected.
func countDatabases(ctx context.Context, own *Node) (int, error) {
	low, high := 0, mostDatabases // database low-1 exists, database high does not or is not asked for
	for tries := likely(); low < high; tries = spread(low, high) {
		commands := make([][]any, len(tries))
		for i, db := range tries {
			commands[i] = []any{"SELECT", db}
		}
		answers, err := own.ask(ctx, commands...)
		if err != nil {
			return 0, err
		}
		for i, db := range tries {
			switch {
			case answers[i].err == nil:
				low = max(low, db+1)
			case outOfRange(answers[i].err):
				high = min(high, db)
			default:
				return 0, answers[i].err
			}
		}
	}
	switch {
	case low == mostDatabases:
		return 0, own.failed("SELECT", fmt.Errorf("there are %d databases or more", mostDatabases))
	case low == 0 || low > high:
		return 0, own.failed("SELECT", fmt.Errorf("database %d exists, database %d does not", low-1, high))
	}
	return low, nil
}

// likely are the last database and the first that is none, for each power of
// two, of which 16 is the default.
func likely() []int {
	out := []int{0, 1}
	for n := 16; n <= mostDatabases; n *= 2 {
		out = append(out, n-1, n)
	}
	return slices.DeleteFunc(out, func(n int) bool { return n == mostDatabases })
}

// spread are eight databases or so between two.
func spread(low, high int) []int {
	var out []int
	for db := low; db < high; db += max(1, (high-low)/8) {
		out = append(out, db)
	}
	return out
}

// outOfRange reports whether a database does not exist. In cluster mode there is
// only the first.
func outOfRange(err error) bool {
	return slices.ContainsFunc([]string{"DB index is out of range", "invalid DB index", "SELECT is not allowed in cluster mode"},
		func(text string) bool { return strings.Contains(err.Error(), text) })
}
