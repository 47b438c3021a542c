//go:build race

package migration_test

// raceDetector tells that the test binary is several times as slow.
const raceDetector = true
