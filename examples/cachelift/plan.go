package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cachelift/cachelift/migration"
)

// planFile is a plan and where it is stored. The file only names the
// migration: where it stands is asked of AWS and of the servers each time.
type planFile struct {
	migration.Plan
	path   string
	stored bool // the file exists
}

// loadPlan returns an error that is os.ErrNotExist if there is no such file.
func loadPlan(path string) (planFile, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return planFile{}, fmt.Errorf("--plan: %w", err)
	}
	p := planFile{path: path, stored: true}
	if err := json.Unmarshal(b, &p.Plan); err != nil {
		return planFile{}, fmt.Errorf("--plan: %s does not hold a plan, remove it to plan anew: %w", path, err)
	}
	return p, nil
}

// store writes the file once; a plan never changes. It fails if somebody else
// has made one meanwhile.
func (p *planFile) store() error {
	if p.stored {
		return nil
	}
	b, err := json.MarshalIndent(p.Plan, "", "  ")
	if err != nil {
		return fmt.Errorf("--plan: %w", err)
	}
	f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--plan: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("--plan: %w", errors.Join(err, os.Remove(p.path)))
	}
	p.stored = true
	return nil
}

// lock is the file by which one process at a time drives the plan.
func (p *planFile) lock() string { return p.path + ".lock" }

// ledger is where the settings of the source that a run changes are kept, beside
// the plan.
func (p *planFile) ledger() string { return strings.TrimSuffix(p.path, ".json") + ".ledger.json" }

// remove forgets the plan, whose migration has come to nothing, and what it changed,
// which has been put back.
func (p *planFile) remove() error {
	p.stored = false
	for _, path := range []string{p.path, p.lock(), p.ledger()} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("--plan: %w", err)
		}
	}
	return nil
}
