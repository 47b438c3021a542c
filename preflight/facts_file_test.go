package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var update = flag.Bool("update", false, "rewrite testdata/facts.json, and docs/checks.md with -run TestChecksDoc")

const factsGolden = "testdata/facts.json"

func written(t testing.TB, f Facts) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteFacts(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFactsGolden(t *testing.T) {
	t.Parallel()
	got := written(t, goodFacts())
	if *update {
		if err := os.WriteFile(factsGolden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(factsGolden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the facts are written otherwise than in %s (run with -update after an intended change):\n%s", factsGolden, got)
	}
	facts, err := ReadFacts(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(facts, goodFacts()) {
		t.Errorf("got %+v\nwant %+v", facts, goodFacts())
	}
}

// everything has a value in every part.
func everything() Facts {
	f := goodFacts()
	f.GatheredAt = time.Date(2026, 3, 4, 12, 0, 0, 7, time.FixedZone("", 3600))
	f.Upstream = []Node{*goodSource()}
	f.Source.Keys = map[int]int64{0: 1, 15: 1 << 62}
	f.Source.Role, f.Source.UpstreamAddress, f.Source.UpstreamLink = "slave", "redis-0.example:6379", "up"
	f.Source.Commands.Missing, f.Source.Commands.Disabled = []string{"FLUSHALL"}, []string{"FLUSHALL"}
	f.Source.DefaultUserDenied = []string{"psync"}
	f.Load.MemoryBytesPerSecond = -3.5
	f.Target.PendingChanges = []string{"<AuthTokenStatus & more>"}
	f.Load.LinkBytesPerSecond = 0.1
	f.Fence = &Fence{Config: Denied, ACL: Absent, MaxLag: 10, Gate: true}
	f.Extra = map[string]json.RawMessage{"house": json.RawMessage(`{"a":[1,2.50,"<b>\u0000"],"z":null}`)}
	n := f.Network
	n.Peerings = []Peering{{ID: "pcx-1", Status: "active", Requester: PeeringSide{VPC: "vpc-1", CIDRs: []string{"10.0.0.0/16"}}, Accepter: PeeringSide{VPC: "vpc-2"}}}
	n.PrefixLists = []PrefixList{{ID: "pl-1", CIDRs: []string{"2001:db8::/32"}}}
	n.Attachments = []Attachment{{ID: "tgw-attach-1", Gateway: "tgw-1", VPC: "vpc-1", State: "available", Subnets: []Subnet{{ID: "subnet-a", VPC: "vpc-1", CIDRs: []string{"10.0.1.0/24"}}}}}
	n.TransitRoutes = []TransitRoute{{RouteTable: "tgw-rtb-1", Address: "10.0.0.241", CIDR: "10.0.0.0/8", State: "active", Attachments: []string{"tgw-attach-1"}}}
	n.Analyses = []Analysis{{From: "eni-1", To: "eni-2", Status: "succeeded", PathFound: true, Explanations: []string{"x"}}}
	n.ACLs = nil
	gap(&f, "network.acls", "UnauthorizedOperation")
	gap(&f, "house", "time-out")
	return f
}

func TestFactsRoundTrip(t *testing.T) {
	t.Parallel()
	for _, want := range []Facts{everything(), {GatheredAt: time.Unix(1, 2).UTC()}} {
		b := written(t, want)
		got, err := ReadFacts(iotest.OneByteReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		if again := written(t, got); !bytes.Equal(again, b) {
			t.Errorf("written again:\n%s\nwas:\n%s", again, b)
		}
	}
}

func TestWriteFactsRefuses(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteFacts(&b, Facts{}); err == nil || !strings.Contains(err.Error(), "gathered_at") || b.Len() > 0 {
		t.Errorf("got %v, %q", err, &b)
	}
	late := goodFacts()
	late.GatheredAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := WriteFacts(&b, late); err == nil || b.Len() > 0 {
		t.Errorf("a year that JSON cannot have: got %v, %q", err, &b)
	}
}

func TestReadFactsRefusesDocuments(t *testing.T) {
	t.Parallel()
	good := string(written(t, goodFacts()))
	for _, c := range []struct{ why, doc, want string }{
		{"empty", "", "the document is empty"},
		{"white space", " \n", "the document is empty"},
		{"cut off", good[:strings.Index(good, `"multi_az"`)+14], "target.multi_az: the document is cut off here, after "},
		{"cut off in a list", good[:strings.Index(good, `"prod-002"`)], "target.members[1].id: the document is cut off here"},
		{"cut off before the end", strings.TrimRight(good, "}\n"), "the document is cut off here"},
		{"trailing data", good + "{}", "more data follows the document"},
		{"trailing nonsense", good + "x", "more data follows the document"},
		{"two documents", good + good, "more data follows the document"},
		{"no JSON", "gathered_at: today", "preflight: facts: at byte 0: invalid character 'g'"},
		{"a list", "[1]", "is a list; an object is allowed"},
		{"null", "null", "is null; an object is allowed"},
		{"a report", mustJSON(t, mixedReport()), `schema: "cachelift.preflight.report/1" is unknown; allowed is "cachelift.preflight.facts/1"`},
		{"no schema", "{}", `schema: is missing; allowed is "cachelift.preflight.facts/1"`},
		{"newer", strings.Replace(good, "facts/1", "facts/12", 1), `schema: "cachelift.preflight.facts/12" is newer than this version of the library can read; allowed is "cachelift.preflight.facts/1"`},
		{"a schema of another type", strings.Replace(good, `"cachelift.preflight.facts/1"`, "1", 1), "schema: is the number 1; a text is allowed"},
		{"too long", strings.Repeat(" ", maxFacts) + good, "the document is longer than 16 MiB"},
		{"deep", `{"schema":"` + FactsSchema + `","extra":{"a":` + strings.Repeat("[", 20_000), "extra.a: at byte"},
	} {
		facts, err := ReadFacts(strings.NewReader(c.doc))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "preflight: facts: ") {
			t.Errorf("%s: got %v, want ...%s...", c.why, err, c.want)
		}
		if !reflect.DeepEqual(facts, Facts{}) {
			t.Errorf("%s: facts beside an error", c.why)
		}
	}
	broken := errors.New("unplugged")
	if _, err := ReadFacts(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	// A newer schema is told alone: what else is odd follows from it.
	newer := `{"schema":"cachelift.preflight.facts/2","gathered_at":7,"new":{"a":[{}]}}`
	if _, err := ReadFacts(strings.NewReader(newer)); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

// All problems at once, each with its path.
func TestReadFactsNamesTheField(t *testing.T) {
	t.Parallel()
	doc := string(written(t, goodFacts()))
	for _, r := range [][2]string{
		{`"databases": 16`, `"databses": 16`},
		{`"node_groups": 1,`, `"node_groups": 1.5,`},
		{`"auth_token": false,`, ``},
		{`"cluster_enabled": false,`, `"cluster_enabled": "no",`},
		{`"Target": 1`, ``},
		{`"10.0.0.0/24"`, `"10.0.0.0/24", 7`},
		{`"keys": {}`, `"keys": {"one": 1}`},
		{`"gathered_at": "2026-03-04T12:00:00Z"`, `"gathered_at": "2026-03-04"`},
		{`"primary": "prod.example:6379",`, `"primary": "prod.example:6379", "primary": null,`},
	} {
		doc = strings.Replace(doc, r[0], r[1], 1)
	}
	_, err := ReadFacts(strings.NewReader(doc))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"target.databses: unknown field; allowed are id, exists, status, ",
		"target.node_groups: is the number 1.5; a whole number of 64 bits is allowed",
		"target.auth_token: is missing; true or false is allowed",
		`target.cluster_enabled: is the text "no"; true or false is allowed`,
		"network.subnets[0].cidrs[1]: is the number 7; a text is allowed",
		`target_node.keys.one: the name "one"; a whole number is allowed`,
		`gathered_at: is the text "2026-03-04"; a time such as 2026-03-04T12:00:00Z is allowed`,
		"target.primary: is there more than once",
		"target.primary: is null; a text is allowed",
	} {
		if !strings.Contains(err.Error()+"\n", "preflight: facts: "+want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 9 {
		t.Errorf("%d problems, want 9:\n%v", n, err)
	}
}
