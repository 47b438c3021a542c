//go:build !race

package verify_test

// underRace tells that the race detector is on.
const underRace = false
