package simulator_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/simulator"
)

// entry is what one step brought: a reply, or what one server said at a look.
type entry struct {
	label string
	value string
	seen  *sighting
}

// sighting is what one server said of itself.
type sighting struct {
	look   string // the step, the same for all servers
	server string
	at     time.Time
	port   int // where it listens, 0 if that is not known
	info   map[string]string
	role   string
	grown  []string // fields that are to be above the look before
}

// has reports whether INFO has the field.
func (s *sighting) has(field string) bool {
	_, ok := s.info[field]
	return ok
}

// number returns a whole number of INFO, 0 if there is none.
func (s *sighting) number(field string) int64 {
	n, err := strconv.ParseInt(s.info[field], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// clone copies the sighting, so that it can be changed.
func (s *sighting) clone() *sighting {
	out := *s
	out.info = maps.Clone(s.info)
	return &out
}

// look notes what servers say: INFO and ROLE.
func (l *lab) look(i int, s step) {
	at := strconv.Itoa(i) + " " + s.look
	for _, want := range s.grown {
		name, f, _ := strings.Cut(want, " ")
		l.await(i, name, f+">"+l.before(name, f))
	}
	for _, name := range slices.Sorted(maps.Keys(l.clients)) {
		if s.only != "" && s.only != name {
			continue
		}
		seen := &sighting{look: at, server: name, info: fieldsOf(l.clients[name].Info(l.t.Context()).Val()), at: time.Now()}
		if !l.real || name != "group" { // a real node listens behind its endpoint
			seen.port = l.endpoint(name).Port
		}
		for _, want := range s.grown {
			if on, f, _ := strings.Cut(want, " "); on == name {
				seen.grown = append(seen.grown, f)
			}
		}
		seen.role = l.do(name, "ROLE")
		l.entries = append(l.entries, entry{label: at + " " + name, seen: seen})
	}
}

// before is what a server said of a field when it was looked at last.
func (l *lab) before(name, f string) string {
	for _, e := range slices.Backward(l.entries) {
		if e.seen != nil && e.seen.server == name {
			return e.seen.info[f]
		}
	}
	l.t.Fatalf("%s was not looked at before", name)
	return ""
}

// fieldsOf splits INFO.
func fieldsOf(info string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			out[name] = value
		}
	}
	return out
}

// addr is where a server is.
func (l *lab) addr(name string) string { return l.endpoint(name).String() }

func (l *lab) endpoint(name string) simulator.Endpoint {
	at := slices.Index(l.places, name)
	port, err := strconv.Atoi(l.places[at+2])
	if err != nil {
		l.t.Fatal(err)
	}
	return simulator.Endpoint{Address: l.places[at+1], Port: port}
}

func (l *lab) startMigration() error {
	return start(l.t.Context(), newAPI(l.sim), "rg", l.endpoint("source"))
}

func (l *lab) completeMigration() error {
	for l.status() != "migrating" {
		pause(l.t, 10*time.Millisecond)
	}
	return complete(l.t.Context(), newAPI(l.sim), "rg", nil)
}

// status is the group's, by the API.
func (l *lab) status() string {
	out, err := newAPI(l.sim).DescribeReplicationGroups(l.t.Context(), &elasticache.DescribeReplicationGroupsInput{})
	if err != nil || len(out.ReplicationGroups) != 1 {
		l.t.Fatal(err)
	}
	return aws.ToString(out.ReplicationGroups[0].Status)
}
