package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/cachelift/cachelift/preflight/vpc"
)

// TestUsage: wrong usage is exit code 2 with every problem at once, stdout is
// empty, and nothing is contacted or written.
func TestUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.json", `{"id":"a","created_at":"2026-01-02T03:04:05Z","source":{"address":"10.0.0.5","port":6379},"target":{"replication_group_id":"prod-cache"}}`)
	none := filepath.Join(dir, "none.json")
	for _, c := range []struct {
		args string
		want []string
	}{
		{"", []string{"a command is missing"}},
		{"migrate", []string{"unknown command", "migrate"}},
		{"run extra", []string{"extra"}},
		{"run --unknown", []string{"--unknown"}},
		{"status", []string{"--replication-group-id is missing"}},
		{"preflight --replication-group-id g --plan " + none, []string{"--source is missing"}},
		{"status --plan " + none, []string{"--source is missing", "--replication-group-id is missing"}},
		{"run --replication-group-id g --source a:1 --source b:2 --yes --plan " + none, []string{"--source is given 2 times", "a:1, b:2", "exactly one"}},
		{"run --replication-group-id g --source a:1,b:2 --yes --plan " + none, []string{`--source is "a:1,b:2"`}},
		{"run --replication-group-id g --source a:99999 --plan " + none, []string{"--source", "1 to 65535"}},
		{"run --replication-group-id g --source a --plan " + none, []string{"--source", "host:port"}},
		{"run --replication-group-id g --source a_!:1 --plan " + none, []string{"--source", "Source.Address", "a_!"}},
		{
			"run --replication-group-id 9- --source a --output xml --until later --max-write-pause -1s --endpoint-url nowhere --waive no.such",
			[]string{"--replication-group-id", "--source", "--output", "--until", "--max-write-pause", "--endpoint-url", "--waive", "no.such"},
		},
		{
			"preflight --replication-group-id g --source a:1 --only nothing.* --severity target.auth=warning --severity target.empty --severity no.such=blocking" +
				" --ec2-endpoint-url nowhere --source-vpc subnet-1 --link-speed 1.25GB --sample-for -1s --plan " + none,
			[]string{
				`--only: preflight: only: pattern "nothing.*"`, `check "target.auth" cannot become a warning: it is never waived`,
				`--severity is "target.empty", want ID=blocking or ID=warning`, `pattern "no.such"`,
				"--ec2-endpoint-url", "--source-vpc", `--link-speed is "1.25GB"`, "--sample-for",
			},
		},
		{"run --replication-group-id g --source a:1 --severity pair.databases=warning --plan " + none, []string{"pair.databases", "never waived"}},
		{"run --replication-group-id g --source a:1 --output junit --plan " + none, []string{`--output is "junit", want text, json`}},
		{
			"run --replication-group-id g --source a:1 --not-before tomorrow --not-after 2026-01-18T02:00 --window nights --window 3:00-24:30 --evidence seen.txt --plan " + none,
			[]string{
				`--not-before is "tomorrow", want a time like`, `--not-after is "2026-01-18T02:00"`, `--window "nights": want days, a span`,
				`--window "3:00-24:30": the span "3:00-24:30"`, `--evidence is "seen.txt", want a file whose name ends in .md or .json`,
			},
		},
		{
			"run --replication-group-id g --source a:1 --max-write-pause 2m --not-before 2026-01-18T02:00:00Z --not-after 2026-01-18T02:01:59Z --window 23:59-00:00 --plan " + none,
			[]string{"--not-after is 2026-01-18T02:01:59Z, want at least --max-write-pause, 2m0s, behind --not-before", `--window "23:59-00:00": it is open for 1m0s, want at least`},
		},
		{"rehearse --window 02:00-04:00", []string{"--window"}},
		{"rehearse --plan " + good + " --evidence " + dir, []string{"--evidence", ".md or .json"}},
		{"rehearse --plan " + good + " --evidence " + good, []string{"--evidence", "another file than those of the plan"}},
		{"rehearse --plan " + good + " --evidence " + filepath.Join(none, "a.md"), []string{"--evidence", "a folder that is there"}},
		{"run --facts seen.json", []string{"--facts"}},
		{"status --waive target.empty", []string{"--waive"}},
		{"status --plan " + write("bad.json", "{"), []string{"--plan", "bad.json", "remove it"}},
		{"status --plan " + write("empty.json", "{}"), []string{"--plan", "empty.json", "ID", "CreatedAt", "Source.Address"}},
		{"status --plan " + good + " --source 10.0.0.6:6379 --replication-group-id other", []string{"--source", "10.0.0.5:6379", "--replication-group-id", "prod-cache"}},
	} {
		o := call(t.Context(), strings.Fields(c.args)...)
		if o.code != exitUsage || o.out != "" {
			t.Errorf("%s: exit code %d, stdout %q", c.args, o.code, o.out)
		}
		contains(t, o.errOut, append(c.want, "error: ", "--help")...)
	}
	if exists(none) {
		t.Error("a plan was stored")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	o := mustCall(t, exitDone, "--help")
	contains(t, o.out, "Exit codes:", "min-replicas-to-write", "preflight", "abort")
	contains(t, strings.Join(strings.Fields(o.out), " "), passwordVariable, "or without that flag of the default user. Empty is as not set.")
	o = mustCall(t, exitDone, "run", "--help")
	contains(t, o.out, "--until", "--switch-command", "--waive", "--severity", "--source-vpc", "--ec2-endpoint-url", "--link-speed", "--sample-for", "--max-write-pause", "--yes")
	contains(t, o.out, "--not-before", "--not-after", "--window", "--evidence")
	o = mustCall(t, exitDone, "rehearse", "--help")
	contains(t, o.out, "--max-write-pause", "--evidence", "--yes", "--waive", "writes wait or are refused")
	o = mustCall(t, exitDone, "preflight", "--help")
	contains(t, o.out, "--facts ", "--facts-out", "--only", "--severity", "--waive", "--source-vpc", "--analyze", "--link-speed", "--sample-for", "markdown", "junit", "Exit codes: 0")
	contains(t, o.out, slices.Concat(groupActions(), vpc.Actions(), vpc.AnalyzerActions())...)
}

// TestColumns: every line is indented, also that of an odd last action.
func TestColumns(t *testing.T) {
	t.Parallel()
	two := "  a:One" + strings.Repeat(" ", 37) + "b:Two\n"
	for _, c := range []struct {
		actions []string
		want    string
	}{
		{nil, ""},
		{[]string{"a:One"}, "  a:One\n"},
		{[]string{"a:One", "b:Two"}, two},
		{[]string{"a:One", "b:Two", "c:Three"}, two + "  c:Three\n"},
	} {
		given := slices.Clone(c.actions)
		if got := columns(c.actions); got != c.want || !slices.Equal(given, c.actions) {
			t.Errorf("%q: got\n%s\nwant\n%s", given, got, c.want)
		}
	}
}

// TestNoAWSConfiguration is not parallel, because of the environment.
func TestNoAWSConfiguration(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, "")
	}
	o := mustCall(t, exitUsage, "preflight", "--replication-group-id", "g", "--source", "127.0.0.1:1")
	contains(t, o.errOut, "--region is missing", "AWS credentials", "AWS_PROFILE")
}

func TestDefaultPlan(t *testing.T) {
	t.Parallel()
	f := flags{group: "Prod-Cache", sources: []string{"10.0.0.5:6379"}, output: "text", formats: []string{"text"}, untilText: "done", maxWritePauseText: "30s", verifyText: "none"}
	s, err := f.settings()
	if err != nil || s.plan.path != "cachelift-prod-cache.json" || s.plan.stored {
		t.Errorf("got %+v, %v", s.plan, err)
	}
	if !strings.HasPrefix(s.plan.ID, "Prod-Cache-") || s.plan.Source.Port != 6379 {
		t.Errorf("got %+v", s.plan)
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain/word.json": "plain/word.json", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "*": "'*'",
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) is %s, want %s", in, got, want)
		}
	}
}

// TestResumeKeepsEveryFlag: a flag that is added later must not get lost.
func TestResumeKeepsEveryFlag(t *testing.T) {
	t.Parallel()
	root := app{}.root()
	run, _, err := root.Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	j := &job{cmd: run}
	j.plan.path = "a plan"
	plan, err := filepath.Abs(j.plan.path)
	if err != nil {
		t.Fatal(err)
	}
	dropped := map[string]bool{"until": true, "plan": true, "yes": true}
	values := map[string]string{"waive": "x y", "evidence": filepath.Join(filepath.Dir(plan), "v.md")}
	var names []string
	run.Flags().VisitAll(func(f *pflag.Flag) {
		value := "true"
		if f.Value.Type() != "bool" {
			value = "v"
		}
		if v, ok := values[f.Name]; ok {
			value = v
		}
		if err := run.Flags().Set(f.Name, value); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	})
	got := j.resumeCommand()
	contains(t, got, "cachelift run --plan '"+plan+"'", "--waive 'x y'", " --evidence "+quote(values["evidence"]), " --yes")
	for _, name := range names {
		if has := strings.Contains(got, "--"+name+" v"); has == dropped[name] && values[name] == "" {
			t.Errorf("--%s in %q: %v", name, got, has)
		}
	}
}
