package migration

import (
	"encoding/json"
	"testing"
)

// FuzzReadLedger: what can be read can be written and read again, and nothing panics.
func FuzzReadLedger(f *testing.F) {
	f.Add([]byte(`{"schema":"cachelift.ledger/1","settings":[{"server":"a:1","name":"n","old":"","new":"x","changed_at":"2026-01-02T03:04:05Z"}]}`))
	f.Add([]byte(`{"schema":"cachelift.ledger/1","settings":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readLedger(b)
		if err != nil {
			return
		}
		b, err = json.Marshal(ledgerFile{ledgerSchema, got})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := readLedger(b); err != nil || len(again) != len(got) {
			t.Errorf("%v, %v, want %v", again, err, got)
		}
	})
}
