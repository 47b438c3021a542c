package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// passwordVariable holds the password of --source-username, or without the flag
// the one of the default user.
const passwordVariable = "CACHELIFT_SOURCE_PASSWORD"

// settings are flags that are known to be good.
type settings struct {
	*flags
	checks        []preflight.Check
	linkSpeed     int64         // 0 if not known
	sampleFor     time.Duration // 0 is the library's default
	plan          planFile
	until         progress.State
	maxWritePause time.Duration
	schedule      migration.Schedule
}

// settings checks everything that can be checked without a network and reports
// all that is wrong at once.
func (f *flags) settings() (settings, error) {
	s := settings{flags: f, until: progress.State(f.untilText)}
	var errs []error
	bad := func(name, value, want string) {
		errs = append(errs, fmt.Errorf("--%s is %q, want %s", name, value, want))
	}
	if s.until != progress.StateInSync && s.until != progress.StateDone {
		bad("until", f.untilText, "in_sync or done")
	}
	var err error
	if s.maxWritePause, err = time.ParseDuration(f.maxWritePauseText); err != nil || s.maxWritePause <= 0 {
		bad("max-write-pause", f.maxWritePauseText, "a time above 0, e.g. 30s")
	}
	for _, u := range []struct{ name, given, host string }{
		{"endpoint-url", f.endpointURL, "elasticache"}, {"ec2-endpoint-url", f.ec2EndpointURL, "ec2"},
	} {
		if !isURL(u.given) {
			bad(u.name, u.given, "a URL like https://"+u.host+".eu-central-1.amazonaws.com")
		}
	}
	if !slices.Contains([]string{"sample", "full", "none"}, f.verifyText) {
		bad("verify", f.verifyText, "sample, full or none")
	}
	if f.sourceVPC != "" && !strings.HasPrefix(f.sourceVPC, "vpc-") {
		bad("source-vpc", f.sourceVPC, "the id of a VPC, e.g. vpc-0a1b2c3d4e5f67890")
	}
	if f.linkSpeedText != "" {
		if s.linkSpeed, err = strconv.ParseInt(f.linkSpeedText, 10, 64); err != nil || s.linkSpeed <= 0 {
			bad("link-speed", f.linkSpeedText, "a whole number of bytes per second above 0, e.g. 125000000 for a gigabit")
		}
	}
	if f.sampleForText != "" {
		if s.sampleFor, err = time.ParseDuration(f.sampleForText); err != nil || s.sampleFor <= 0 || s.sampleFor > time.Hour {
			bad("sample-for", f.sampleForText, "a time above 0 and up to 1h, e.g. 10s")
		}
	}
	s.schedule, err = f.parseSchedule(s.maxWritePause)
	errs = append(errs, err)
	s.checks, err = f.judging()
	errs = append(errs, err)
	s.plan, err = f.findPlan()
	return s, errors.Join(append(errs, err, f.checkEvidence(s.plan))...)
}

// isURL allows the empty text: the flag is not given.
func isURL(s string) bool {
	u, err := url.Parse(s)
	return s == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// findPlan takes the plan from its file and else makes one from the flags.
func (f *flags) findPlan() (planFile, error) {
	source, err := f.source()
	if f.group == "" && f.planPath == "" {
		return planFile{}, errors.Join(errors.New("--replication-group-id is missing, want the id of the group to migrate to"), err)
	}
	if f.group != "" && (len(f.group) > 40 || !groupID.MatchString(f.group)) {
		return planFile{}, errors.Join(fmt.Errorf("--replication-group-id is %q, want 1 to 40 letters, digits and single hyphens, a letter first", f.group), err)
	}
	path := f.planPath
	if path == "" {
		path = "cachelift-" + strings.ToLower(f.group) + ".json"
	}
	stored, loadErr := loadPlan(path)
	switch {
	case errors.Is(loadErr, os.ErrNotExist):
		return f.newPlan(path, source, err)
	case loadErr != nil:
		return planFile{}, errors.Join(err, loadErr)
	}
	return stored, errors.Join(err, f.agrees(stored, source))
}

// newPlan is for when there is no file yet: then the flags have to say all.
func (f *flags) newPlan(path string, source *migration.Source, err error) (planFile, error) {
	if f.group == "" {
		err = errors.Join(err, fmt.Errorf("--replication-group-id is missing, and there is no plan %s to take it from", path))
	}
	if len(f.sources) == 0 {
		err = errors.Join(err, fmt.Errorf("--source is missing, want the host:port to migrate from; there is no plan %s to take it from", path))
	}
	if err != nil {
		return planFile{}, err
	}
	id := f.group + time.Now().UTC().Format("-20060102-150405")
	return planFile{Plan: migration.NewPlan(id, *source, migration.ReplicationGroup(f.group)), path: path}, nil
}

// agrees compares a stored plan with the flags: another source or group would
// be another migration.
func (f *flags) agrees(p planFile, source *migration.Source) error {
	var errs []error
	const remedy = "leave the flag out to go on with the plan, or remove the file to plan anew"
	if source != nil && *source != p.Source {
		errs = append(errs, fmt.Errorf("--source is %q, but the plan %s migrates from %s: %s", source, p.path, p.Source, remedy))
	}
	if id := p.Target.ReplicationGroupID(); f.group != "" && !strings.EqualFold(f.group, id) {
		errs = append(errs, fmt.Errorf("--replication-group-id is %q, but the plan %s migrates to %q: %s", f.group, p.path, id, remedy))
	}
	return errors.Join(errs...)
}

// groupID is what CreateReplicationGroup accepts, but for the length.
var groupID = regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])*$`)

// source parses --source; nil if it was not given.
func (f *flags) source() (*migration.Source, error) {
	if len(f.sources) > 1 {
		return nil, fmt.Errorf("--source is given %d times (%s), want exactly one: a replication group can follow one server only",
			len(f.sources), strings.Join(f.sources, ", "))
	}
	if len(f.sources) == 0 {
		return nil, nil
	}
	host, port, err := net.SplitHostPort(f.sources[0])
	n, portErr := strconv.Atoi(port)
	if err != nil || portErr != nil || host == "" || n < 1 || n > 65535 || strings.ContainsAny(host, ",/@ ") {
		return nil, fmt.Errorf("--source is %q, want one host:port with a port from 1 to 65535, e.g. 10.0.0.5:6379", f.sources[0])
	}
	return &migration.Source{Address: host, Port: n}, nil
}
