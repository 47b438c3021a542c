// Package dataset fills servers with known data and spoils it in known ways,
// for the tests and benchmarks of package verify. Nothing that ships imports
// it.
//
// A [Set] is a function of its seed, its [Size] and its base time: two servers
// that are filled with equal sets hold the same data, whatever their settings.
// A [Corruptor] changes a server that holds a set and returns what it changed.
package dataset
