package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

// TestFactsAgain: what was stored is judged to the same report in every format,
// after both ends, the credentials and the network are gone. It is not
// parallel, because of the environment.
func TestFactsAgain(t *testing.T) {
	w := newWorldWith(t, simulator.ReplicationGroup{ID: "test-cluster", MultiAZ: simulator.Disabled})
	w.source = startSource(t)
	file := filepath.Join(t.TempDir(), "facts.json")
	if err := os.WriteFile(file, []byte("of an older run"), 0o644); err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	for _, format := range []string{"text", "json", "markdown", "junit"} { // each at another time
		o := mustCall(t, exitBlocked, w.first("preflight", "--output", format, "--facts-out", file+format, "--waive", "target.empty")...)
		first[format] = o.out
	}
	mustCall(t, exitBlocked, w.first("preflight", "--facts-out", file)...)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := w.source.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
		t.Setenv(name, "")
	}
	calls := len(w.sim.Calls())
	for format, want := range first {
		o := mustCall(t, exitBlocked, "preflight", "--facts", file+format, "--output", format, "--waive", "target.empty")
		if o.out != want || o.errOut != "" {
			t.Errorf("%s: got\n%s\n%s\nwant\n%s", format, o.out, o.errOut, want)
		}
	}
	o := mustCall(t, exitDone, "preflight", "--facts", file, "--waive", "target.multi-az")
	contains(t, o.out, "(waived)", "nothing blocks")
	mustCall(t, exitDone, "preflight", "--facts", file, "--severity", "target.multi-az=warning")
	mustCall(t, exitDone, "preflight", "--facts", file, "--only", "network.*")
	if n := len(w.sim.Calls()); n != calls {
		t.Errorf("%d calls of AWS for stored facts", n-calls)
	}
}

// TestFactsHoldNoSecret is not parallel, because of the environment.
func TestFactsHoldNoSecret(t *testing.T) {
	const password, upstream = "t0p-s3cret", "m4ster-s3cret"
	w := newWorld(t, "--masterauth", upstream)
	if err := dial(t, w.source.Addr()).Do(t.Context(), "ACL", "SETUSER", "admin", "on", ">"+password, "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	t.Setenv(passwordVariable, password)
	file := filepath.Join(t.TempDir(), "facts.json")
	o := mustCall(t, exitDone, w.first("preflight", "--source-username", "admin", "--facts-out", file)...)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(b), "cachelift.preflight.facts/1", `"admin"`)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	hash := sha256.Sum256([]byte(password)) // what ACL LIST shows
	for _, secret := range []string{password, upstream, hex.EncodeToString(hash[:]), "AWS_SECRET"} {
		if strings.Contains(string(b)+o.out+o.errOut, secret) {
			t.Errorf("%q is in the facts or the report", secret)
		}
	}
}

// TestBadFacts: a file that is not as it was written is refused with the field.
func TestBadFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "good.json")
	mustCall(t, exitDone, w.first("preflight", "--facts-out", file)...)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":        {"", []string{"empty"}},
		"truncated":    {good[:len(good)/2], []string{"cut off"}},
		"newer":        {swap(t, good, "facts/1", "facts/2"), []string{"schema", `"cachelift.preflight.facts/2" is newer`}},
		"misspelt":     {swap(t, good, `"multi_az"`, `"multiaz"`), []string{"target.multiaz", "unknown field"}},
		"another type": {swap(t, good, `"automatic_failover": "enabled"`, `"automatic_failover": 1`), []string{"target.automatic_failover: ", "the number 1"}},
		"values that cannot be": {
			swap(t, swap(t, good, `"port": `, `"port": 9`), `"10.0.0.0/18"`, `"10.0.0.0/33"`),
			[]string{"source.config.port: ", `network.subnets[0].cidrs[0]: "10.0.0.0/33"`},
		},
		"two documents": {good + good, []string{"more data follows"}},
	} {
		bad := filepath.Join(dir, "bad.json")
		if err := os.WriteFile(bad, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := call(t.Context(), "preflight", "--facts", bad)
		if o.code != exitUsage || o.out != "" {
			t.Errorf("%s: exit code %d, stdout %q", name, o.code, o.out)
		}
		contains(t, o.errOut, append(c.want, "error: --facts "+bad)...)
	}
	o := mustCall(t, exitUsage, "preflight", "--facts", filepath.Join(dir, "none.json"), "--facts-out", "x", "--analyze", "--source", "a:1",
		"--source-vpc", "vpc-1", "--replication-group-id", "g", "--only", "no.such", "--waive", "nor.this", "--severity", "x", "--output", "xml")
	contains(t, o.errOut, "none.json", "leave out --facts-out, --analyze, --source, --source-vpc, --replication-group-id", "no.such", "nor.this", "--severity", "--output")
	if o.out != "" || exists("x") {
		t.Errorf("stdout %q, facts stored: %t", o.out, exists("x"))
	}
}

// swap replaces the first old, which has to be there.
func swap(t *testing.T, s, old, by string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("%s is missing in\n%s", old, s)
	}
	return strings.Replace(s, old, by, 1)
}

// TestFactsOutFails: the report is shown nevertheless.
func TestFactsOutFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := mustCall(t, exitFailed, w.first("preflight", "--facts-out", filepath.Join(t.TempDir(), "none", "facts.json"))...)
	contains(t, o.out, "nothing blocks")
	contains(t, o.errOut, "error: --facts-out: ", "no such file or directory")
}
