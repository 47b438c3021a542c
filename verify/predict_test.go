package verify

import (
	"fmt"
	"testing"
)

// Names that differ in numbers and other words with digits are of one lane.
func TestLane(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b string
		same bool
	}{
		{"user:1:name", "user:2300:name", true},
		{"user:1:name", "user:1:followers", false},
		{"user:1", "cart:1", false},
		{"session:9f86d081-884c-7d65-9a2f-eaa0c55ad015", "session:2c26b46b-68ff-c68f-f99b-453c1d304134", true},
		{"a", "b", false},
		{"", "", true},
		{"17", "18", true},
	} {
		if got := lane([]byte(row.a)) == lane([]byte(row.b)); got != row.same {
			t.Errorf("%q and %q are of one lane: %v", row.a, row.b, got)
		}
	}
	for i := range 1000 {
		if l := lane([]byte(fmt.Sprintf("%c:%c:x", i, i*7))); l < 0 || l >= lanes {
			t.Fatalf("lane %d", l)
		}
	}
}

// What has been a string for a while is taken for one; the first that is not ends
// that.
func TestPredictor(t *testing.T) {
	t.Parallel()
	var p predictor
	for range sure {
		if p.text(3) {
			t.Fatal("taken for a string too early")
		}
		p.learn(3, true)
	}
	if !p.text(3) {
		t.Error("not taken for a string")
	}
	p.learn(3, false)
	if p.text(3) {
		t.Error("taken for a string after one that was none")
	}
	for l := range int32(unseenSure) {
		p.learn(100+l, true)
	}
	if !p.text(4000) {
		t.Error("a name like none before is not taken for what all of them were")
	}
	p.learn(3900, false)
	if p.text(4000) {
		t.Error("a name like none before is taken for a string though the last one was none")
	}
}
