package node_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
)

// TestWriteCommandsBeyondTheTable: a server newer than the table is asked for its
// own list, and a gap says so if it does not give one.
func TestWriteCommandsBeyondTheTable(t *testing.T) {
	t.Parallel()
	const none, newer = "", "hsetex hgetdel json|set json|del"
	for _, row := range []struct {
		why, version, more, less string // more are beyond the table, less are not under their names
		list                     string // what COMMAND LIST FILTERBY says; "" is the truth
		missing, gap             string
	}{
		{"of the table", "redis_version:7.4.2", none, none, none, "[]", none},
		{"of the table, renamed", "redis_version:7.4.2", none, "set", none, "[set]", none},
		{"of the table, no list", "redis_version:7.4.2", none, none, "-NOPERM no", "[]", none},
		{"newer", "redis_version:8.2.0", newer, none, none, "[]", none},
		{"newer, renamed", "redis_version:8.2.0", newer, "hsetex json", none, "[hsetex json]", none},
		{"newer, both", "redis_version:8.2.0", newer, "set hsetex", none, "[set hsetex]", none},
		{"newer, no list", "redis_version:8.2.0", newer, none, "-NOPERM no", "[]", "8.2.0"},
		{"newer, no list, renamed", "redis_version:8.2.0", newer, "set", "-NOPERM no", "[set]", none},
		{"newer, an odd list", "redis_version:8.2.0", newer, none, ":1", "[]", "8.2.0"},
		{"newer, a list that is not whole", "redis_version:8.2.0", newer, none, "*1\r\n" + bulk("hsetex"), "[]", "not whole"},
		{"a newer Valkey", "redis_version:7.2.4\nvalkey_version:9.0.1", "hsetex hexpire delifeq", "delifeq hexpire", none, "[hexpire delifeq]", none},
		{"a newer Valkey, no list", "redis_version:7.2.4\nvalkey_version:8.1.0", none, none, "-NOPERM no", "[]", "8.1.0"},
		{"a Valkey of the table, no list", "redis_version:7.2.4\nvalkey_version:8.0.3", none, none, "-NOPERM no", "[]", none},
		{"of a version nobody knows, no list", "nothing", none, none, "-NOPERM no", "[]", "version"},
		{"the same, before 7.0", "nothing", none, none, "-ERR Unknown subcommand or wrong number of arguments for 'LIST'. Try COMMAND HELP.", "[]", none},
		{"the same, listed", "nothing", newer, "json", none, "[json]", none},
	} {
		addr := serve(t, respond(newerServer(row.version, strings.Fields(row.more), strings.Fields(row.less), row.list)))
		f, gaps, err := open(t, node.Config{Address: addr}).Facts(t.Context())
		if err != nil || f.Commands == nil {
			t.Errorf("%s: %+v, %v", row.why, f.Commands, err)
			continue
		}
		sorted := slices.Sorted(slices.Values(f.Commands.Missing))
		want := slices.Sorted(slices.Values(strings.Fields(strings.Trim(row.missing, "[]"))))
		if !slices.Equal(sorted, want) || len(f.Commands.Disabled) != 0 {
			t.Errorf("%s: %+v, want %s missing", row.why, f.Commands, row.missing)
		}
		reason := ""
		for _, g := range gaps {
			if g.Subject == "commands" {
				reason += g.Reason
			}
		}
		if (reason == "") != (row.gap == "") || !strings.Contains(reason, row.gap) {
			t.Errorf("%s: the gap is %q, want %q", row.why, reason, row.gap)
		}
	}
}

// newerServer is one that has all commands of the table that its engine has, and
// more; less of them are renamed.
func newerServer(version string, more, less []string, list string) func([]string) string {
	engine := redisinfo.Redis
	if strings.Contains(version, "valkey") {
		engine = redisinfo.Valkey
	}
	var writes []string
	for _, c := range tableOf(engine, redisinfo.Version{Major: 7, Minor: 4}) {
		if c.Writes {
			writes = append(writes, c.Name)
		}
	}
	writes = append(writes, more...)
	return func(args []string) string {
		words := strings.Join(args, " ")
		switch {
		case args[0] == "INFO":
			return bulk(version)
		case strings.HasPrefix(words, "COMMAND INFO "):
			return array(args[2:], func(name string) bool {
				known := slices.ContainsFunc(redisinfo.Commands(), func(c redisinfo.Command) bool { return c.Name == name && !c.Writes }) ||
					slices.ContainsFunc(writes, func(w string) bool { return w == name || strings.HasPrefix(w, name+"|") })
				return known && !slices.Contains(less, name)
			})
		case words == "COMMAND LIST FILTERBY ACLCAT write" && list != "":
			return list
		case words == "COMMAND LIST FILTERBY ACLCAT write", words == "COMMAND LIST":
			all := slices.Clone(writes)
			if words == "COMMAND LIST" {
				for _, c := range redisinfo.Commands() {
					if !c.Writes {
						all = append(all, c.Name)
					}
				}
				for _, name := range more { // without the filter, containers are listed too
					container, _, _ := strings.Cut(name, "|")
					all = append(all, container)
				}
			}
			out := fmt.Sprintf("*%d", len(all))
			for _, name := range all {
				out += "\r\n" + bulk(name)
			}
			return out
		}
		return "-ERR no"
	}
}

// TestBeyondTheTableIsDisabled: what is disabled beside an unknown rest is no
// answer.
func TestBeyondTheTableIsDisabled(t *testing.T) {
	t.Parallel()
	addr := serve(t, respond(func(args []string) string {
		if words := strings.Join(args, " "); words == "COMMAND LIST" {
			var b strings.Builder
			all := tableOf(redisinfo.Redis, redisinfo.Version{Major: 8})
			fmt.Fprintf(&b, "*%d", len(all)-1)
			for _, c := range all {
				if c.Name != "set" {
					b.WriteString("\r\n" + bulk(c.Name))
				}
			}
			return b.String()
		}
		return newerServer("redis_version:8.0.0", nil, []string{"set"}, "-NOPERM no")(args)
	}))
	f, gaps, err := open(t, node.Config{Address: addr}).Facts(t.Context())
	if err != nil || f.Commands == nil || fmt.Sprint(f.Commands.Disabled) != "[set]" || !slices.Contains(subjects(gaps), "commands") {
		t.Errorf("%+v, gaps %v, %v", f.Commands, gaps, err)
	}
}
