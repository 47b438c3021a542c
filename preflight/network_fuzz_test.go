package preflight

import (
	"encoding/json"
	"testing"
)

// FuzzJudgeNetwork: facts may be written by hand, or damaged.
func FuzzJudgeNetwork(f *testing.F) {
	add := func(n *Network, ip string) {
		b, err := json.Marshal(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, ip)
	}
	for _, from := range []func() Facts{goodFacts, peeredFacts, transitFacts} {
		add(from().Network, "10.9.0.241")
	}
	for _, r := range allNetworkRows() {
		facts := goodFacts()
		if r.from != nil {
			facts = r.from()
		}
		r.change(&facts)
		add(facts.Network, "10.0.0.241")
	}
	f.Add([]byte(`{"subnets":[{"id":"subnet-a","cidrs":["0.0.0.0/0","::/0"]}],"acls":[{"subnets":["subnet-a",""],"entries":[{"protocol":"6","from_port":-5,"to_port":99999}]}]}`), "::1")
	f.Fuzz(func(t *testing.T, data []byte, ip string) {
		facts := goodFacts()
		facts.Network, facts.SourceAddress = nil, &Address{IPs: []string{ip, "10.0.0.241"}}
		if json.Unmarshal(data, &facts.Network) != nil {
			t.Skip()
		}
		// Not through the function Judge, which would hide a panic.
		for _, c := range networkChecks() {
			got := c.Judge(facts)
			if got.Outcome != Pass && got.Outcome != Fail && got.Outcome != Unknown {
				t.Errorf("%s: outcome %q", c.ID, got.Outcome)
			}
			if got.Subject == "" || got.Observed == "" || got.Required == "" || (got.Remedy == "") != (got.Outcome == Pass) {
				t.Errorf("%s: incomplete: %+v", c.ID, got)
			}
		}
	})
}

// BenchmarkNetworkChecks: all of them over the largest of the good networks.
func BenchmarkNetworkChecks(b *testing.B) {
	facts := transitFacts()
	for b.Loop() {
		Judge(facts, networkChecks(), nil)
	}
}
