package simulator

import (
	"strconv"
	"strings"
)

// Messages are the event texts that no public source records. They are
// assumed and can therefore be replaced, to see how a client copes with other
// words. An empty text takes the default. "{id}" stands for the replication
// group, "{reason}" for what happened.
type Messages struct {
	// TestSucceeded reports a TestMigration that found nothing wrong.
	TestSucceeded string
	// TestFailed reports a TestMigration that could not use the source.
	TestFailed string
	// NotInSync reports a CompleteMigration refused because the primary is
	// not in sync with the source; the group stays "migrating".
	NotInSync string
	// PromotionFailed reports a CompleteMigration that failed while promoting;
	// the group stays "migrating".
	PromotionFailed string
}

// DefaultMessages returns the assumed texts.
func DefaultMessages() Messages {
	return Messages{
		TestSucceeded:   "Test migration successful for replication group {id}",
		TestFailed:      "Test migration failed for replication group {id}: {reason}",
		NotInSync:       "Complete Migration failed for {id}: data is not in sync with the source, {reason}",
		PromotionFailed: "Complete Migration failed for {id}: {reason}",
	}
}

func (m Messages) withDefaults() Messages {
	d := DefaultMessages()
	fill := func(text *string, def string) {
		if *text == "" {
			*text = def
		}
	}
	fill(&m.TestSucceeded, d.TestSucceeded)
	fill(&m.TestFailed, d.TestFailed)
	fill(&m.NotInSync, d.NotInSync)
	fill(&m.PromotionFailed, d.PromotionFailed)
	return m
}

// The texts below are on record word for word: the start and the rejected RDB in
// a user's log, the general failure and the completion in the guide.

func startedText(id string, source Endpoint) string {
	return fill("Starting migration operation for target cluster {id} with source cluster endpoint {address} and port {port}",
		"{id}", id, "{address}", source.Address, "{port}", portText(source))
}

func rejectedRDBText(id string) string {
	return fill("Migration operation failed for replication group {id} because of invalid RDB received", "{id}", id)
}

func startFailedText(id string) string {
	return fill("Migration operation failed for replication group {id}.", "{id}", id)
}

func completedText(id string) string {
	return fill("Complete Migration successful for {id}", "{id}", id)
}

func fill(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

func portText(e Endpoint) string { return strconv.Itoa(e.Port) }
