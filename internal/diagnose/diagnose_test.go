package diagnose

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

func published(text string) progress.ServiceEvent {
	return progress.ServiceEvent{At: time.Date(2026, 1, 18, 12, 3, 39, 0, time.UTC), Message: text}
}

// row is evidence and the rule that has to match it; "unknown" is none.
type row struct {
	why      string
	in       Input
	rule     string
	cause    progress.Cause
	evidence string // part of it
}

func rows() []row {
	failure := published("Migration operation failed for replication group prod.")
	down := errors.New("the target went back to available")
	answered := func(reply string) *preflight.Probe {
		return &preflight.Probe{Address: "10.0.0.1:6379", Reached: true, Reply: reply}
	}
	closed := &preflight.Probe{Address: "10.0.0.1:6379", Err: "connect: refused"}
	code := func(c string, class retry.Class) Input {
		return Input{Err: errors.New("api error " + c), Code: c, Class: class}
	}
	return []row{
		{"checks block", Input{Err: errors.New("a report of many lines"), Blocked: blocked()}, "preflight", progress.CausePreflight, "target.exists"},
		{"downtime over divergence", Input{Err: errors.New("no promotion in time"), Paused: true, TimedOut: true}, "past-no-return", progress.CauseOutcomeUnknown, "no promotion in time"},
		{"the source is open", Input{Err: errors.New("it took a write"), SourceOpen: true, Paused: true}, "source-open", progress.CauseSourceOpen, "it took a write"},
		{"the host's own error", Input{Err: errors.New("proxy gone"), Cutover: true, Class: retry.Transport}, "cutover", progress.CauseCutover, "proxy gone"},
		{"a step of the host", Input{Err: errors.New("denied by the change board"), Step: "approval", Cutover: true}, "step", progress.CauseStep, "step approval"},
		{"the reported text", Input{Err: down, Failure: published("Migration operation failed for replication group prod because of invalid RDB received")},
			"rdb-rejected", progress.CauseRDBRejected, "2026-01-18T12:03:39Z: Migration operation failed for replication group prod because of invalid RDB received"},
		{"the text in the error alone", Input{Err: errors.New("gave up: invalid RDB received")}, "rdb-rejected", progress.CauseRDBRejected, "invalid RDB"},
		{"a certain text beats a conclusion", Input{Failure: published("x because of invalid RDB received"), Probe: answered("NOAUTH x")}, "rdb-rejected", progress.CauseRDBRejected, ""},
		{"IAM", code("AccessDenied", retry.Permission), "permission", progress.CausePermission, "AWS error code AccessDenied"},
		{"no such group", code("ReplicationGroupNotFoundFault", retry.Permanent), "not-found", progress.CauseNotFound, ""},
		{"under migration", code("ReplicationGroupAlreadyUnderMigrationFault", retry.Permanent), "other-source", progress.CauseTargetBusy, ""},
		{"over already", Input{Err: down, Ended: true}, "ended", progress.CauseEnded, ""},
		{"too late for the schedule", Input{Err: down, Missed: true}, "schedule", progress.CauseSchedule, ""},
		{"seen to follow another source", Input{Err: down, Busy: true}, "other-source", progress.CauseTargetBusy, ""},
		{"health fault", code("MigrationHealthFault", retry.NotInSync), "not-in-sync", progress.CauseNotInSync, ""},
		{"refused by event", Input{Failure: published("Complete Migration failed for prod: data is not in sync with the source")}, "not-in-sync", progress.CauseNotInSync, ""},
		{"a node that is replaced", Input{Failure: published("Complete Migration failed for prod: a node is being replaced")}, "node-replacement", progress.CauseTargetReplaced, "replaced"},
		{"parameter", code("InvalidParameterValue", retry.Permanent), "invalid-parameter", progress.CauseInvalidParameter, ""},
		{"parameters", code("InvalidParameterCombination", retry.Permanent), "invalid-parameter", progress.CauseInvalidParameter, ""},
		{"snapshotting for too long", code("InvalidReplicationGroupState", retry.Busy), "state", progress.CauseTargetBusy, ""},
		{"throttled to the end", code("Throttling", retry.Throttled), "throttled", progress.CauseThrottled, ""},
		{"source with a password", Input{Err: down, Failure: failure, Probe: answered("NOAUTH Authentication required.")}, "source-auth", progress.CauseSourceAuth, "NOAUTH"},
		{"the same, without an event", Input{Err: down, LinkNeverUp: true, Probe: answered("NOAUTH Authentication required.")}, "source-auth", progress.CauseSourceAuth, "never up"},
		{"protected mode", Input{Failure: failure, Probe: answered("DENIED Redis is running in protected mode")}, "source-protected", progress.CauseSourceProtected, "DENIED"},
		{"closed port", Input{Failure: failure, Probe: closed}, "source-unreachable", progress.CauseSourceUnreachable, "10.0.0.1:6379 failed: connect: refused"},
		{"a port that wants TLS", Input{Failure: failure, Probe: &preflight.Probe{Address: "h:1", Reached: true, TLS: true, Err: "the answer is a TLS record"}}, "source-tls", progress.CauseSourceTLS, "TLS record"},
		{"the data do not fit the databases", Input{Err: down, Failure: failure, Facts: facts(func(f *preflight.Facts) { f.Source.Keys = map[int]int64{20: 1} })}, "databases", progress.CauseDatabases, "db20"},
		{"the versions do not go together", Input{Err: down, Failure: failure, Facts: facts(func(f *preflight.Facts) { f.Source.Version = "7.4.6" })}, "rdb-too-new", progress.CauseRDBRejected, "7.4.6"},
		{"the source was killed on the way", Input{Err: errors.New("no answer for 10m"), Class: retry.Transport, Probe: closed,
			History: seen(step{}, step{source: "!", target: "master_link_status:down master_link_down_since_seconds:600"})}, "source-stopped", progress.CauseSourceStopped, "refused"},
		{"a wait that ran out in a loop", Input{Err: errors.New("no sync within 1h"), TimedOut: true, Probe: answered("PONG"),
			History: seen(step{target: unlinkedTarget}, step{source: "sync_full:1 rdb_last_bgsave_status:err"}, step{source: "sync_full:2"})}, "save-failed", progress.CauseSaveFailed, "sync_full of the source: 2"},
		{"a permission is not the servers' doing", Input{Err: errors.New("api error AccessDenied"), Code: "AccessDenied", Class: retry.Permission,
			History: seen(step{target: unlinkedTarget}, step{source: "sync_full:1"}, step{source: "sync_full:2"})}, "permission", progress.CausePermission, ""},
		{"the library cannot reach it either", Input{Err: errors.New("dial"), Class: retry.Transport, Probe: closed}, "source-unreachable", progress.CauseSourceUnreachable, ""},
		{"our own password is wrong", Input{Err: errors.New("WRONGPASS"), Class: retry.Permission}, "refused-by-node", progress.CausePermission, "WRONGPASS"},
		{"no reason given", Input{Err: down, Failure: failure, Probe: answered("PONG")}, "failed-without-reason", progress.CauseUnknown, "PONG"},
		{"a wait ran out", Input{Err: errors.New("no sync within 1h"), TimedOut: true, Probe: answered("PONG")}, "timeout", progress.CauseTimeout, "1h"},
		{"5xx to the end", code("InternalFailure", retry.Server), "server", progress.CauseTransport, ""},
		{"connection lost", Input{Err: errors.New("EOF"), Class: retry.Transport}, "transport", progress.CauseTransport, ""},
		{"throttling is not the source's doing", Input{Err: down, Class: retry.Throttled, Probe: closed}, "throttled", progress.CauseThrottled, ""},
		{"nothing known", Input{Err: errors.New("odd"), Class: retry.Unknown, Events: []progress.ServiceEvent{published("Cache cluster rebooted")}},
			"unknown", progress.CauseUnknown, "Cache cluster rebooted"},
		{"no evidence at all", Input{}, "unknown", progress.CauseUnknown, ""},
	}
}

// matching is the id of the rule that Diagnose applies.
func matching(in Input) string {
	for _, r := range rules() {
		if r.at != onTheWay && r.match(in) {
			return r.id
		}
	}
	return unknown().id
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	for _, row := range rows() {
		d := Diagnose(row.in)
		if got := matching(row.in); got != row.rule || d.Cause != row.cause {
			t.Errorf("%s: rule %s, cause %s, want %s, %s", row.why, got, d.Cause, row.rule, row.cause)
		}
		if all := strings.Join(d.Evidence, "\n"); !strings.Contains(all, row.evidence) {
			t.Errorf("%s: the evidence %q lacks %q", row.why, all, row.evidence)
		}
		if row.in.Err != nil && row.in.Blocked == nil && !slices.Contains(d.Evidence, row.in.Err.Error()) {
			t.Errorf("%s: the evidence %q lacks the error verbatim", row.why, d.Evidence)
		}
		if d.Summary == "" || d.Remedy == "" {
			t.Errorf("%s: no summary or remedy: %+v", row.why, d)
		}
	}
}

func TestEveryRuleHasARow(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range rows() {
		seen[row.rule] = true
	}
	for _, s := range sights() {
		seen[s.rule] = true
	}
	ids := map[string]bool{}
	for _, r := range append(rules(), unknown()) {
		if !seen[r.id] {
			t.Errorf("rule %q has no row", r.id)
		}
		if ids[r.id] {
			t.Errorf("rule %q is there twice", r.id)
		}
		ids[r.id] = true
	}
}

// TestEveryCauseIsProduced reads the constants from the source of progress, so
// that a new one cannot be forgotten.
func TestEveryCauseIsProduced(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../progress/diagnosis.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var causes []progress.Cause
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Cause" {
				text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				causes = append(causes, progress.Cause(text))
			}
		}
		return true
	})
	if !slices.Contains(causes, progress.CauseCutover) {
		t.Fatalf("the constants were not found: %v", causes)
	}
	produced := map[progress.Cause]bool{}
	for _, row := range rows() {
		produced[Diagnose(row.in).Cause] = true
	}
	for _, s := range sights() {
		if trouble, ok := Watch(s.in); ok {
			produced[trouble.Cause] = true
		}
	}
	for _, c := range causes {
		if !produced[c] {
			t.Errorf("no row produces the cause %q", c)
		}
	}
}

func TestUnknownListsEverything(t *testing.T) {
	t.Parallel()
	events := []progress.ServiceEvent{published("one"), published("two")}
	d := Diagnose(Input{
		Err: errors.New("odd"), Failure: published("Migration operation failed for replication group prod."), Events: events,
		LinkNeverUp: true, Probe: &preflight.Probe{Address: "h:1", Reply: "PONG"},
		Sample: progress.Sample{At: time.Now(), Phase: progress.PhaseConnecting, Lag: -1, FullSyncs: 60},
	})
	all := strings.Join(d.Evidence, "\n")
	for _, want := range []string{"odd", "operation failed", "one", "two", "never up", "PONG", "full syncs 60"} {
		if !strings.Contains(all, want) {
			t.Errorf("the evidence %q lacks %q", all, want)
		}
	}
	if d.Cause != progress.CauseUnknown || d.Retryable {
		t.Errorf("diagnosis %+v", d)
	}
}

func blocked() *preflight.Report {
	return &preflight.Report{Findings: []preflight.Finding{
		{CheckID: "target.exists", Outcome: preflight.Fail, Severity: preflight.Blocking, Observed: "no such group"},
		{CheckID: "source.auth", Outcome: preflight.Pass, Severity: preflight.Blocking},
	}}
}
