package migrationtest

import (
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// way is a workflow with a step in each part that matters.
func way() []migration.StepInfo {
	named := func(name string) migration.Step { return migration.Step{Name: name} }
	out := migration.DefaultWorkflow().
		Before(progress.StateStarting, named("reserve")).
		Before(progress.StatePausing, named("approval")).
		After(progress.StatePausing, named("warm-up")).Steps()
	for i := range out {
		out[i].Undo = out[i].Host
	}
	return out
}

// effectsOf makes effects of words: "run of warm-up", "undo of warm-up", others by
// their names; "not" before one that did not take effect, and a number before one
// of another process than the first.
func effectsOf(text string) (all []sideEffect, order []int) {
	for i, words := range strings.Split(text, "; ") {
		e := sideEffect{process: 1, nth: 1, ended: true, done: true, endedAt: i}
		if rest, ok := strings.CutPrefix(words, "2: "); ok {
			e.process, words = 2, rest
		}
		if rest, ok := strings.CutPrefix(words, "not "); ok {
			e.done, words = false, rest
		}
		e.what = words
		if call, step, ok := strings.Cut(words, " of "); ok {
			e.step, e.undo = step, call == "undo"
		}
		all, order = append(all, e), append(order, i)
	}
	return all, order
}

func TestJudgeSteps(t *testing.T) {
	t.Parallel()
	const straight = "TestMigration; run of reserve; StartMigration; run of approval; PauseWrites; run of warm-up; CompleteMigration; Switch"
	for _, r := range []struct{ why, effects, want string }{
		{"nothing went wrong", straight, ""},
		{"steps that are called again", strings.ReplaceAll(straight, "run of warm-up", "run of warm-up; 2: PauseWrites; 2: run of warm-up"), ""},
		{"a call that failed and one that did not", strings.ReplaceAll(straight, "run of approval", "not run of approval; run of approval"), ""},
		{"a step that was passed over", strings.ReplaceAll(straight, "run of reserve; ", ""), "StartMigration took effect in process 1, and what step reserve did was not done"},
		{"a step that only failed", strings.ReplaceAll(straight, "run of warm-up", "not run of warm-up"), "CompleteMigration took effect in process 1, and what step warm-up did was not done"},
		{"steps in the wrong order", strings.ReplaceAll(straight, "run of approval; PauseWrites; run of warm-up", "PauseWrites; run of warm-up; run of approval"), "PauseWrites took effect in process 1, and what step approval did was not done"},
		{
			"an attempt that backed out, and another one",
			"run of reserve; StartMigration; run of approval; PauseWrites; run of warm-up; undo of warm-up; ResumeWrites; undo of approval; run of approval; PauseWrites; run of warm-up; CompleteMigration; Switch", "",
		},
		{
			"the second attempt without a step that the first one called",
			"run of reserve; StartMigration; run of approval; PauseWrites; run of warm-up; ResumeWrites; PauseWrites; run of warm-up; CompleteMigration; Switch",
			"PauseWrites took effect in process 1, and what step approval did was not done",
		},
		{"what was undone is missing", strings.ReplaceAll(straight, "run of warm-up", "run of warm-up; undo of warm-up"), "CompleteMigration took effect in process 1, and what step warm-up did was not done"},
		{"undone from the front", strings.ReplaceAll(straight, "PauseWrites", "undo of reserve; undo of approval; run of reserve; run of approval; PauseWrites"), "undo of approval came in process 1 after the undo of a step that stands before it"},
		{"undone from the back, by two processes", strings.ReplaceAll(straight, "PauseWrites", "undo of approval; undo of reserve; 2: undo of approval; 2: undo of reserve; 2: run of reserve; 2: run of approval; PauseWrites"), ""},
		{"undone after the completion", straight + "; 2: undo of approval", "undo of approval came after the completion"},
	} {
		all, order := effectsOf(r.effects)
		got := strings.Join(judgeSteps(way(), all, order), "; ")
		if !strings.HasPrefix(got, r.want) || r.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", r.why, got, r.want)
		}
	}
}

func TestNotUndone(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ why, effects, want string }{
		{"a step before in_sync stays", "run of reserve; StartMigration", ""},
		{"a step since in_sync does not", "run of reserve; run of approval", "step approval was not undone"},
		{"also one that failed", "not run of approval", "step approval was not undone"},
		{"it was", "run of approval; undo of approval", ""},
		{"it was, and then called again", "run of approval; undo of approval; run of approval", "step approval was not undone"},
		{"what another process did is not known", "2: run of approval", ""},
	} {
		all, _ := effectsOf(r.effects)
		got := strings.Join(notUndone(way(), all, 1), "; ")
		if !strings.HasSuffix(got, r.want) || r.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", r.why, got, r.want)
		}
	}
}

func TestChangesServer(t *testing.T) {
	t.Parallel()
	readers := newSideEffects(-1, kindNone).readers
	for name, want := range map[string]bool{
		"SET": true, "DEL": true, "EVAL": true, "REPLICAOF": true, "CONFIG SET": true, "CONFIG RESETSTAT": true, "CLIENT PAUSE": true,
		"CLIENT UNPAUSE": true, "FUNCTION LOAD": true, "EXEC": true, "PUBLISH": true,
		"": false, "INFO": false, "ROLE": false, "GET": false, "CONFIG GET": false, "CLIENT SETNAME": false, "CLIENT ID": false,
		"FUNCTION LIST": false, "ACL": false, "HELLO": false, "MULTI": false,
	} {
		if got := changesServer(name, readers); got != want {
			t.Errorf("changesServer(%q) = %t, want %t", name, got, want)
		}
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "+O": 0, "+OK\r": 0, "+OK\r\n": 1, "-ERR no\r\n+OK\r\n": 2, ":12\r\n": 1,
		"$3\r\nab": 0, "$3\r\nabc\r\n": 1, "$-1\r\n": 1, "*2\r\n$1\r\na\r\n": 0, "*2\r\n$1\r\na\r\n:1\r\n": 1, "*0\r\n+OK\r\n": 2,
		"*1\r\n*1\r\n+x\r\n": 1, "*-1\r\n": 1, "$9223372036854775807\r\nx\r\n": 0,
	} {
		if got := replies([]byte(text)); got != want {
			t.Errorf("replies(%q) = %d, want %d", text, got, want)
		}
	}
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n:1\r\n+OK\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := replies(b); n < 0 || n > len(b) {
			t.Errorf("%d answers in %d bytes", n, len(b))
		}
	})
}
