package migrationtest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cachelift/cachelift/migrationtest"
)

// fakeTB is a test that may fail.
type fakeTB struct {
	mu       sync.Mutex
	failure  string
	cleanups []func()
}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Cleanup(do func()) { f.cleanups = append(f.cleanups, do) }

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.mu.Lock()
	f.failure += fmt.Sprintf(format, args...)
	f.mu.Unlock()
	runtime.Goexit()
}

// failure runs a test of its own and returns how it failed; "" if it did not.
func failure(body func(migrationtest.TB)) string {
	f := &fakeTB{}
	ended := make(chan struct{})
	run := func(do func()) {
		go func() {
			defer func() { ended <- struct{}{} }()
			do()
		}()
		<-ended
	}
	run(func() { body(f) })
	for _, cleanup := range slices.Backward(f.cleanups) {
		run(cleanup)
	}
	return f.failure
}

// wantFailure fails unless body fails for all these reasons.
func wantFailure(t *testing.T, body func(migrationtest.TB), reasons ...string) {
	t.Helper()
	got := failure(body)
	for _, r := range reasons {
		if !strings.Contains(got, r) {
			t.Errorf("the test failed with\n%s\nwant it to say %q", got, r)
		}
	}
}
