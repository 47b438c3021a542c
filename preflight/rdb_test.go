package preflight

import (
	"fmt"
	"testing"
)

// TestRDBMeasured is the table of full syncs that were tried between real
// servers.
func TestRDBMeasured(t *testing.T) {
	t.Parallel()
	type server struct {
		engine  string
		version version
	}
	redis := func(major, minor int) server { return server{"redis", version{major, minor, 4}} }
	valkey := func(major, minor int) server { return server{"valkey", version{major, minor, 1}} }
	targets := []server{redis(5, 0), redis(6, 2), redis(7, 0), redis(7, 2), valkey(7, 2), valkey(8, 0)}
	for _, r := range []struct {
		sources []server
		fails   int // so many of the targets, from the first on
	}{
		{[]server{redis(2, 8), redis(3, 2), redis(4, 0), redis(5, 0), redis(6, 0), redis(6, 2)}, 0},
		{[]server{redis(7, 0)}, 2},
		{[]server{redis(7, 2), valkey(7, 2), valkey(8, 0)}, 3},
		{[]server{redis(7, 4)}, len(targets)},
	} {
		for _, s := range r.sources {
			for i, to := range targets {
				// Redis 2.8 wrote an older version than 5.0 loads, and so on.
				want := Pass
				if i < r.fails {
					want = Fail
				}
				writes, ok := rdbOf(s.engine, s.version)
				reads, ok2 := rdbOf(to.engine, to.version)
				if got := reads.loads(writes); !ok || !ok2 || got != want {
					t.Errorf("%v -> %v: %s, want %s", s, to, got, want)
				}
			}
		}
	}
}

func TestRDBTable(t *testing.T) {
	t.Parallel()
	newest := map[string]version{}
	for _, f := range rdbFormats() {
		if !newest[f.engine].less(f.from) {
			t.Errorf("%s %s does not come after %s", f.engine, f.from, newest[f.engine])
		}
		newest[f.engine] = f.from
		if got := f.loads(f); got == Fail {
			t.Errorf("%s %s cannot load what it writes", f.engine, f.from)
		}
		if f.perhaps > 0 && f.perhaps <= f.reads {
			t.Errorf("%s %s: perhaps %d is sure", f.engine, f.from, f.perhaps)
		}
	}
	for _, s := range []struct {
		engine  string
		version version
	}{{"redis", version{2, 6, 17}}, {"valkey", version{7, 1, 9}}, {"keydb", version{6, 3, 4}}, {"", version{}}} {
		if f, ok := rdbOf(s.engine, s.version); ok {
			t.Errorf("%v: %+v", s, f)
		}
	}
}

// Every Redis and Valkey that has a row has one for all its patches.
func TestRDBOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"redis 2.8.21": "[6]", "redis 3.0.7": "[6]", "redis 3.2.13": "[7]", "redis 4.0.14": "[8]", "redis 5.0.6": "[9]",
		"redis 6.2.99": "[9]", "redis 7.0.0": "[10]", "redis 7.1.0": "[10 11]", "redis 7.2.5": "[11]", "redis 7.3.240": "[12]",
		"redis 7.4.6": "[12]", "redis 8.0.3": fmt.Sprintf("[12 %d]", newerRDB), "valkey 7.2.5": "[11]", "valkey 8.1.0": "[11]", "valkey 9.0.0": "[11 80]",
	} {
		var engine, v string
		if _, err := fmt.Sscan(text, &engine, &v); err != nil {
			t.Fatal(err)
		}
		parsed, ok := parseVersion(v)
		f, ok2 := rdbOf(engine, parsed)
		if got := fmt.Sprint(f.writes); !ok || !ok2 || got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
