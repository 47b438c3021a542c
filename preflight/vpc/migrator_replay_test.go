package vpc_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/preflight"
)

// TestReplay: facts that were stored and read again give the same report, for
// every network above.
func TestReplay(t *testing.T) {
	t.Parallel()
	rows := slices.Concat(
		fineRows(), sourceGroupRows(), targetGroupRows(), routeRows(), peeringRows(),
		transitRows(), aclRows(), transitACLRows(), addressRows(), hiddenRows(),
	)
	analyzed := networkRow{name: "analyzed", from: oneVPC, change: (*stage).analyze}
	for _, row := range append(rows, analyzed) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, row.replay)
		})
	}
}

func (row networkRow) replay(t *testing.T) {
	s := newStage(t, row.from, 0)
	if row.change != nil {
		row.change(s)
	}
	facts, err := s.migrator(t).Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if facts.Network == nil {
		t.Fatalf("the facts have no network: %v", facts.Gaps)
	}
	var file, again bytes.Buffer
	if err := preflight.WriteFacts(&file, facts); err != nil {
		t.Fatal(err)
	}
	stored := file.String()
	read, err := preflight.ReadFacts(&file)
	if err != nil {
		t.Fatal(err)
	}
	want := preflight.Judge(facts, preflight.Builtin(), nil)
	got := preflight.Judge(read, preflight.Builtin(), nil)
	equal(t, got.Findings, want.Findings)
	equal(t, string(asJSON(t, got)), string(asJSON(t, want)))
	row.judge(t, got)
	if err := preflight.WriteFacts(&again, read); err != nil {
		t.Fatal(err)
	}
	equal(t, again.String(), stored)
}
