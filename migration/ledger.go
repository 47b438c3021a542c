package migration

import (
	"context"
	"time"
)

// Setting is one setting of the source that was changed in order to pause writes. It
// is plain data and holds no password, nor a hash of one.
type Setting struct {
	// Server is the address of the server, "host:port".
	Server string `json:"server"`
	// Name is the setting: a parameter of CONFIG, "client pause", "acl user
	// NAME", or "gate" for the host's own.
	Name string `json:"name"`
	// Old is the value before. Of an ACL user it is the rules for commands.
	Old string `json:"old"`
	// New is the value that it was given.
	New string `json:"new"`
	// Rules are all rules of an ACL user that were touched, as ACL SETUSER takes
	// them. Those of selectors have patterns of keys; so it stands in what a [Ledger]
	// saves, and in no event or [Result].
	Rules string `json:"rules,omitempty"`
	// ChangedAt is when it was about to be changed.
	ChangedAt time.Time `json:"changed_at"`
	// PutBackAt is when it got its old value back; zero while it has not.
	PutBackAt time.Time `json:"put_back_at,omitzero"`
}

// Ledger keeps the settings of the source that a migration changes, outside of the
// process, with their old values: for the records, and so that a process that comes
// after a dead one knows what that had begun. One belongs to one plan. [NewFileLedger]
// returns one; a host may keep it with the plan instead. It is asked by one goroutine
// at a time.
//
// Nothing depends on it in order to open the source again: what is to be put back is
// kept on the source itself.
type Ledger interface {
	// Load returns what was saved last, nil if nothing was.
	Load(ctx context.Context) ([]Setting, error)
	// Save replaces it, and returns when it would survive a crash. It is called
	// before a setting is changed; its error keeps that from being changed.
	Save(ctx context.Context, settings []Setting) error
}
