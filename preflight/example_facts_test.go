package preflight_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/cachelift/cachelift/preflight"
)

// approval is what this company's change system knows.
type approval struct {
	Ticket string `json:"ticket"`
	By     string `json:"by"`
}

// tickets is a source of facts: it asks the change system about the group.
type tickets struct {
	lookup func(ctx context.Context, group string) (approval, error)
}

func (tickets) Name() string { return "approval" }

func (t tickets) Gather(ctx context.Context, known preflight.Facts) (preflight.Supplement, error) {
	if known.Target == nil {
		return preflight.Supplement{}, fmt.Errorf("the group is not known: %s", known.Reason("target"))
	}
	found, err := t.lookup(ctx, known.Target.ID)
	if err != nil {
		return preflight.Supplement{}, err
	}
	raw, err := json.Marshal(found)
	return preflight.Supplement{Extra: raw}, err
}

// approved judges what tickets found.
func approved() preflight.Check {
	return preflight.Check{
		ID: "house.approval", Title: "The change is approved",
		Judge: func(f preflight.Facts) preflight.Finding {
			found, ok, err := preflight.ExtraFacts[approval](f, "approval")
			switch {
			case err != nil:
				return preflight.Finding{Outcome: preflight.Unknown, Observed: err.Error()}
			case !ok:
				return preflight.Finding{Outcome: preflight.Unknown, Observed: "not seen: " + f.Reason("approval")}
			case found.By == "":
				return preflight.Finding{Outcome: preflight.Fail, Subject: found.Ticket, Observed: "nobody approved it", Required: "one approval"}
			}
			return preflight.Finding{Outcome: preflight.Pass, Subject: found.Ticket, Observed: "approved by " + found.By}
		},
	}
}

// A host's own source of facts and the check that judges them. The migration
// calls Gather and puts what it returned into Facts.Extra; the source that fails
// leaves a gap with the reason.
func ExampleFactSource() {
	var source preflight.FactSource = tickets{lookup: func(context.Context, string) (approval, error) {
		return approval{Ticket: "CHG-7", By: "anna"}, nil
	}}
	gathered := facts()
	found, err := source.Gather(context.Background(), gathered)
	if err != nil {
		fmt.Println(err)
		return
	}
	gathered.Extra = map[string]json.RawMessage{source.Name(): found.Extra}
	fmt.Println(preflight.Judge(gathered, []preflight.Check{approved()}, nil).Findings[0].Observed)

	failed := facts()
	failed.Gaps = append(failed.Gaps, preflight.Gap{Subject: source.Name(), Reason: "time-out"})
	fmt.Println(preflight.Judge(failed, []preflight.Check{approved()}, nil).Findings[0].Observed)
	// Output:
	// approved by anna
	// not seen: time-out
}

// What a host's own source found, as the type that it wrote.
func ExampleExtraFacts() {
	f := facts()
	f.Extra = map[string]json.RawMessage{"approval": json.RawMessage(`{"ticket":"CHG-7"}`)}
	fmt.Println(preflight.ExtraFacts[approval](f, "approval"))
	fmt.Println(preflight.ExtraFacts[approval](f, "budget"))
	// Output:
	// {CHG-7 } true <nil>
	// { } false <nil>
}

// Facts go into a file, and are judged again somewhere else, or by other
// checks, without a connection to either end.
func ExampleReadFacts() {
	var file bytes.Buffer
	if err := preflight.WriteFacts(&file, facts()); err != nil {
		fmt.Println(err)
		return
	}
	replayed, err := preflight.ReadFacts(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(preflight.Judge(replayed, []preflight.Check{named(), engine()}, nil).Summary())
	// Output:
	// 2 checks: 1 passed, 1 failed, 0 unknown; 1 blocks
}

// A file that was edited by hand may be wrong; the error says where.
func ExampleReadFacts_edited() {
	document := `{
		"schema": "cachelift.preflight.facts/1",
		"gathered_at": "2026-11-20T12:00:00Z",
		"source_address": {"host": "redis.example", "port": 6379, "ips": ["10.0.0.300"]},
		"source_probe": {"adress": "redis.example:6379", "reached": true}
	}`
	_, err := preflight.ReadFacts(bytes.NewBufferString(document))
	fmt.Println(err)
	// Output:
	// preflight: facts: source_probe.adress: unknown field; allowed are address, reached, tls, reply, err, replconf
	// preflight: facts: source_probe.address: is missing; a text is allowed
	// preflight: facts: source_address.ips[0]: "10.0.0.300" is not an IP address such as 10.0.0.241
}

// Facts that a test writes by hand can be checked too.
func ExampleFacts_Validate() {
	f := facts()
	f.Network = &preflight.Network{Subnets: []preflight.Subnet{
		{ID: "subnet-a", VPC: "vpc-1", CIDRs: []string{"10.0.0.0/24"}},
		{ID: "subnet-b", VPC: "vpc-1", CIDRs: []string{"10.0.0.0/33"}},
	}}
	fmt.Println(f.Validate())
	// Output:
	// preflight: facts: network.subnets[1].cidrs[0]: "10.0.0.0/33" is not an address range such as 10.0.0.0/24
}
