package migration_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// The steps of the examples do nothing.
func waitForTicket(context.Context, *migration.Session) error { return nil }
func loadFunctions(context.Context, *migration.Session) error { return nil }
func testAgain(context.Context, *migration.Session) error     { return nil }

// show prints the states of a workflow, those of the host in brackets.
func show(w migration.Workflow) {
	var states []string
	for _, s := range w.Steps() {
		if s.Host {
			s.State = "[" + s.State + "]"
		}
		states = append(states, string(s.State))
	}
	fmt.Println(strings.Join(states, " "))
}

// A workflow is a value: a change gives a copy.
func ExampleDefaultWorkflow() {
	house := migration.DefaultWorkflow().
		Before(progress.StatePausing, migration.Step{Name: "approval", Run: waitForTicket}).
		After(progress.StateCompleting, migration.Step{Name: "functions", Run: loadFunctions, NeedsPause: true})
	show(migration.DefaultWorkflow())
	show(house)
	// Output:
	// new preflight testing starting syncing in_sync pausing draining completing switching done
	// new preflight testing starting syncing in_sync [approval] pausing draining completing [functions] switching done
}

// After: the step begins when the state is over.
func ExampleWorkflow_After() {
	show(migration.DefaultWorkflow().
		After(progress.StateCompleting, migration.Step{Name: "functions", Run: loadFunctions, NeedsPause: true}))
	// Output: new preflight testing starting syncing in_sync pausing draining completing [functions] switching done
}

// Before: the state begins when the steps are over.
func ExampleWorkflow_Before() {
	show(migration.DefaultWorkflow().
		Before(progress.StateStarting, migration.Step{Name: "backup", Run: loadFunctions}).
		Before(progress.StatePausing, migration.Step{Name: "approval", Run: waitForTicket}))
	// Output: new preflight testing [backup] starting syncing in_sync [approval] pausing draining completing switching done
}

func ExampleWorkflow_Without() {
	show(migration.DefaultWorkflow().Without(progress.StateTesting))
	// What the safety of a migration rests on cannot go.
	fmt.Println(migration.DefaultWorkflow().Without(progress.StateDraining).Validate())
	// Output:
	// new preflight starting syncing in_sync pausing draining completing switching done
	// migration: Workflow.Without("draining"): the safety of the migration rests on it; only testing and steps of the host can go
}

func ExampleWorkflow_Replace() {
	show(migration.DefaultWorkflow().Replace(progress.StateTesting, migration.Step{Name: "own-test", Run: testAgain}))
	// Output: new preflight [own-test] starting syncing in_sync pausing draining completing switching done
}

// Validate reports every problem at once. New calls it.
func ExampleWorkflow_Validate() {
	err := migration.DefaultWorkflow().
		After("approval", migration.Step{Name: "chat", Run: waitForTicket}).
		After(progress.StateDone, migration.Step{Name: "party", Run: waitForTicket}).
		Before(progress.StatePausing, migration.Step{Name: "Smoke Test", NeedsPause: true}).
		Validate()
	fmt.Println(err)
	// Output:
	// migration: Workflow.After("approval"): there is no such state, want one of [new preflight testing starting syncing in_sync pausing draining completing switching done]
	// migration: Workflow.After("done"): the migration ends there, so "party" would be unreachable
	// migration: Workflow: step "Smoke Test": Name is not allowed, want 1 to 40 lower-case letters, digits, - and _, a letter first
	// migration: Workflow: step "Smoke Test": Run is nil, want a function
	// migration: Workflow: step "Smoke Test": NeedsPause is set and it stands outside the write pause; want it after pausing and before switching
}

// The diagram shows the steps of the host with the built-in states.
func ExampleWorkflow_Mermaid() {
	fmt.Print(migration.DefaultWorkflow().
		Without(progress.StateTesting).
		Before(progress.StatePausing, migration.Step{Name: "approval", Run: waitForTicket}).
		Mermaid())
	// Output:
	// stateDiagram-v2
	//     state "approval" as step_approval
	//     [*] --> new
	//     new --> preflight: begin
	//     preflight --> starting: passed
	//     starting --> syncing: started
	//     syncing --> in_sync: caught_up
	//     in_sync --> step_approval: approved
	//     step_approval --> pausing: step_done
	//     pausing --> draining: paused
	//     draining --> completing: drained
	//     completing --> switching: promoted
	//     switching --> done: switched
	//     in_sync --> syncing: fell_behind
	//     step_approval --> syncing: fell_behind
	//     syncing --> starting: start_again
	//     in_sync --> starting: start_again
	//     step_approval --> starting: start_again
	//     pausing --> in_sync: backed_out
	//     draining --> in_sync: backed_out
	//     completing --> in_sync: backed_out
	//     starting --> aborting: abort
	//     syncing --> aborting: abort
	//     in_sync --> aborting: abort
	//     step_approval --> aborting: abort
	//     pausing --> aborting: abort
	//     draining --> aborting: abort
	//     aborting --> aborted: aborted
	//     done --> [*]
	//     aborted --> [*]
	//     classDef paused stroke-dasharray: 4
	//     class pausing,draining,completing,switching paused
}

// Steps tells what is where, for a page or a table.
func ExampleWorkflow_Steps() {
	wf := migration.DefaultWorkflow().
		Before(progress.StatePausing, migration.Step{Name: "approval", Run: waitForTicket}).
		After(progress.StateCompleting, migration.Step{Name: "functions", Run: loadFunctions, Timeout: 5 * time.Second, NeedsPause: true})
	for _, s := range wf.Steps() {
		switch {
		case s.InPause && s.PastNoReturn:
			fmt.Println(s.State, "- in the write pause, no way back", s.Timeout)
		case s.InPause:
			fmt.Println(s.State, "- in the write pause")
		case s.Removable:
			fmt.Println(s.State, "- can be left out")
		}
	}
	// Output:
	// testing - can be left out
	// approval - can be left out
	// pausing - in the write pause
	// draining - in the write pause
	// completing - in the write pause, no way back 0s
	// functions - in the write pause, no way back 5s
	// switching - in the write pause, no way back 0s
}
