package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/cachelift/cachelift/migration"
)

// planOf returns the plan in the file, or a new one. A plan only names the
// migration: where that stands is asked of AWS and of the servers. One
// that says something else than the arguments is refused, so that nobody goes on
// with another migration than the one meant.
func planOf(file, source, group string) (migration.Plan, error) {
	host, port, err := net.SplitHostPort(source)
	if err != nil {
		return migration.Plan{}, fmt.Errorf("-source is %q, want host:port: %w", source, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return migration.Plan{}, fmt.Errorf("-source is %q, want a number as its port", source)
	}
	plan := migration.NewPlan(group+"-migration", migration.Source{Address: host, Port: n}, migration.ReplicationGroup(group))

	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return plan, nil
	}
	if err != nil {
		return migration.Plan{}, fmt.Errorf("-plan: %w", err)
	}
	var stored migration.Plan
	if err := json.Unmarshal(b, &stored); err != nil {
		return migration.Plan{}, fmt.Errorf("-plan: %s holds no plan: %w", file, err)
	}
	if stored.Source != plan.Source || stored.Target != plan.Target {
		return migration.Plan{}, fmt.Errorf("-plan: %s is the plan from %v to %v; remove it to begin another", file, stored.Source, stored.Target)
	}
	return stored, nil
}
