package migrationtest

// TB is the part of [testing.TB] that the kit needs. *testing.T, *testing.B and
// *testing.F have it, and so have most test frameworks; the kit itself imports
// none of them.
type TB interface {
	// Cleanup registers a function to be called when the test is over, the
	// last one first.
	Cleanup(func())
	// Fatalf fails the test and ends it.
	Fatalf(format string, args ...any)
	// Helper marks the caller as a helper, whose line is not reported.
	Helper()
}
