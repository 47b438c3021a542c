package progress

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

var update = flag.Bool("update", false, "rewrite testdata/events.jsonl")

var testStart = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// allEvents has one event of each type, and variants where the text differs.
func allEvents() []Event {
	report := preflight.Report{At: testStart, Findings: []preflight.Finding{
		{CheckID: "target.exists", Title: "exists", Outcome: preflight.Pass, Severity: preflight.Blocking, Subject: "prod", Observed: "exists", Required: "exists"},
		{CheckID: "target.multi-az", Title: "Multi-AZ", Outcome: preflight.Fail, Severity: preflight.Blocking, Subject: "prod", Observed: "disabled", Required: "enabled", Remedy: "enable it"},
	}}
	diagnosis := &Diagnosis{
		Cause: CauseRDBRejected, Summary: "the target cannot read the source's RDB version",
		Evidence: []string{"Migration operation failed for replication group prod because of invalid RDB received"},
		Remedy:   "use a target whose RDB version is >= the source's", DocURL: "https://example.com/x?a=1&b=2",
	}
	transfer := Sample{
		At: testStart, Phase: PhaseTransfer, Percent: 42.5, ReadBytes: 128 << 20, TotalBytes: 512 << 20,
		PercentLow: 30, PercentHigh: 50, BytesPerSecond: 30 << 20, ETA: 13 * time.Second, ETALow: 10 * time.Second, ETAHigh: time.Minute,
		SourceOffset: 1 << 20, Lag: -1, SourceWriteRate: 4096, FullSyncs: 1,
		Buffer: &OutputBuffer{Used: 64 << 20, Hard: 256 << 20, Soft: 64 << 20, SoftFor: time.Minute, LimitIn: 48 * time.Second},
	}
	streaming := Sample{
		At: testStart, Phase: PhaseStreaming, Percent: 100, ETA: -1, SourceOffset: 900, TargetOffset: 763,
		Lag: 137, LinkUp: true, FullSyncs: 2,
	}
	events := []Event{
		RunStarted{Source: "10.0.0.241:6379", Target: "replication-group/prod", Reason: "nothing has happened yet"},
		RunStarted{Source: "10.0.0.241:6379", Target: "replication-group/prod", Resumed: true, Reason: "the target replicates from the source"},
		StateChanged{From: StateNew, To: StatePreflight, Trigger: TriggerBegin, Spent: 1500 * time.Microsecond},
		PreflightDone{Report: report},
		ActionDone{Action: ActionStart, Took: 250 * time.Millisecond},
		ActionDone{Action: ActionStart, Took: 250 * time.Millisecond, Err: "InvalidReplicationGroupState: not available"},
		StepCalled{Step: "approval", Call: StepRun, Attempt: 1, Took: 26 * time.Hour},
		StepCalled{Step: "smoke-test", Call: StepUndo, Attempt: 2, InPause: true, Took: 12 * time.Millisecond, Err: "step smoke-test panicked: boom", Stack: "goroutine 7 [running]:\nmain.smoke()"},
		ServicePublished{Event: ServiceEvent{At: testStart, SourceID: "prod", SourceType: "replication-group", Message: "Complete Migration successful for prod"}},
		StatusSeen{Status: "migrating"},
		Sampled{Sample: transfer},
		Sampled{Sample: streaming},
		Diagnosed{Diagnosis: *diagnosis},
		CutoverHeld{Hold: HoldPostponed, Reason: "a flash sale"},
		CutoverHeld{Hold: HoldTooEarly, Until: time.Date(2026, 1, 19, 2, 0, 0, 0, time.UTC)},
		Diagnosed{Diagnosis: Diagnosis{Cause: CauseLinkSilent, Summary: "nothing comes through", Retryable: true, NeedsOperator: true}, Over: true},
		Retrying{Op: "DescribeReplicationGroups", Class: "throttled", Attempt: 2, Delay: 3 * time.Second, Err: "Throttling: rate exceeded"},
		Drained{SourceOffset: 1000, TargetOffset: 1014, LagAtPause: 2048, Took: 40 * time.Millisecond},
		Promoted{Primary: "prod.abc.ng.0001.use1.cache.amazonaws.com:6379", Took: 90 * time.Second},
		PromotionConfirmed{By: "Complete Migration successful for prod", Took: 3 * time.Minute},
		SettingChanged{Server: "10.0.0.241:6379", Setting: "min-replicas-to-write", Old: "0", New: "1000000"},
		SettingChanged{Server: "10.0.0.241:6379", Setting: "acl user orders", Old: "+@all -@write", New: "+@all", PutBack: true},
		Noted{Text: "the target held 12 keys; they are gone <now>"},
		ObserverPanicked{Observer: "*chat.Poster", Value: "boom", Stack: "goroutine 9 [running]:\nchat.Post()"},
		RunEnded{Took: 10 * time.Minute},
		RunEnded{Err: "failed in starting", Diagnosis: diagnosis, Took: 65 * time.Second},
	}
	for i, e := range events {
		state := StateSyncing
		if c, ok := e.(StateChanged); ok {
			state = c.To
		}
		events[i] = Stamp(e, Header{MigrationID: "orders", Seq: uint64(i + 1), At: testStart.Add(time.Duration(i) * 100 * time.Millisecond), State: state})
	}
	return events
}

// declaredEvents reads the source: every struct of event.go and setting.go that
// embeds Header. A type that is added there and not to allEvents fails the tests.
func declaredEvents(t *testing.T) []string {
	t.Helper()
	var names []string
	declared := func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				if id, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 && id.Name == "Header" {
					names = append(names, spec.Name.Name)
				}
			}
		}
		return true
	}
	for _, name := range []string{"event.go", "setting.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, declared)
	}
	if len(names) < 10 {
		t.Fatalf("found only %v in event.go", names)
	}
	return names
}

func typeName(e Event) string { return reflect.TypeOf(e).Name() }

func TestEveryEventTypeIsTested(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, e := range allEvents() {
		have[typeName(e)] = true
	}
	for _, name := range declaredEvents(t) {
		if !have[name] {
			t.Errorf("allEvents has no %s", name)
		}
	}
}

var upper = regexp.MustCompile(`([a-z])([A-Z])`)

func TestKind(t *testing.T) {
	t.Parallel()
	typeOf := map[string]string{}
	for _, e := range allEvents() {
		want := strings.ToLower(upper.ReplaceAllString(typeName(e), "${1}_$2"))
		if e.Kind() != want {
			t.Errorf("%s: kind %q, want %q", typeName(e), e.Kind(), want)
		}
		if other, ok := typeOf[e.Kind()]; ok && other != typeName(e) {
			t.Errorf("kind %q belongs to %s and %s", e.Kind(), other, typeName(e))
		}
		typeOf[e.Kind()] = typeName(e)
	}
}

func TestStampReturnsACopy(t *testing.T) {
	t.Parallel()
	for _, e := range allEvents() {
		before := e.Meta()
		h := Header{MigrationID: "other", Seq: 99, At: testStart.Add(time.Hour), State: StateDone}
		stamped := Stamp(e, h)
		if stamped.Meta() != h || e.Meta() != before {
			t.Errorf("%s: stamped header %+v, the original's %+v", typeName(e), stamped.Meta(), e.Meta())
		}
		if reflect.TypeOf(stamped) != reflect.TypeOf(e) {
			t.Errorf("%s became %T", typeName(e), stamped)
		}
		if back := Stamp(stamped, before); !reflect.DeepEqual(back, e) {
			t.Errorf("%s: stamping changed other fields: %+v", typeName(e), back)
		}
	}
}

func TestJSONGolden(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, e := range allEvents() {
		line, err := e.MarshalJSON()
		if err != nil {
			t.Fatalf("%s: %v", typeName(e), err)
		}
		got.Write(append(line, '\n'))
	}
	const golden = "testdata/events.jsonl"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	if len(gotLines) != len(wantLines) {
		t.Fatalf("%d lines, the golden file has %d (run with -update after an intended change)", len(gotLines), len(wantLines))
	}
	for i := range gotLines {
		if gotLines[i] != wantLines[i] {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, gotLines[i], wantLines[i])
		}
	}
}

func TestJSONShape(t *testing.T) {
	t.Parallel()
	begin := []string{"kind", "migration_id", "seq", "at", "state"}
	for _, e := range allEvents() {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%s: %v", typeName(e), err)
		}
		keys := objectKeys(t, line)
		if len(keys) < len(begin) || !slices.Equal(keys[:len(begin)], begin) {
			t.Errorf("%s begins with the keys %v, want %v", typeName(e), keys, begin)
		}
		slices.Sort(keys)
		if n := len(keys); len(slices.Compact(keys)) != n {
			t.Errorf("%s has a key twice: %s", typeName(e), line)
		}
		back := reflect.New(reflect.TypeOf(e))
		if err := json.Unmarshal(line, back.Interface()); err != nil {
			t.Fatalf("%s: %v", typeName(e), err)
		}
		if !reflect.DeepEqual(back.Elem().Interface(), e) {
			t.Errorf("%s did not survive JSON:\n got %+v\nwant %+v", typeName(e), back.Elem().Interface(), e)
		}
	}
}

// objectKeys returns the keys of the outermost object in their order.
func objectKeys(t *testing.T, line []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(line))
	var keys []string
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}
