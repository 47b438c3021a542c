package main

import (
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// deployment is what the workflow needs of the rest of the house. The fields are
// interfaces so that a test can put fakes in.
type deployment struct {
	notices notices
	tickets tickets
	library library
	zone    zone
	// lookEvery is how often the ticket is looked at.
	lookEvery time.Duration
}

// workflow is the way of a migration in this house. Read its diagram with
// Mermaid.
func (d deployment) workflow() migration.Workflow {
	return migration.DefaultWorkflow().
		Before(progress.StatePausing, announce(d.notices), approval(d.tickets, d.lookEvery)).
		After(progress.StateCompleting, loadFunctions(d.library), smokeTest(d.library)).
		After(progress.StateSwitching, allClear(d.notices))
}

// cutover pauses writes on the source and switches by DNS.
func (d deployment) cutover() migration.Cutover {
	return &dnsCutover{SourceFence: migration.NewSourceFence(nil), zone: d.zone}
}
