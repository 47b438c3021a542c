package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// fenceView is what there is to see of a server's fence.
type fenceView struct {
	param   string   // min-replicas-to-write by the server's name for it; "" if CONFIG does not tell
	value   int      // of param
	maxLag  int64    // of min-replicas-max-lag
	config  error    // why CONFIG does not tell
	kept    []string // ACL users that keep the rules of others: there is a fence by ACL
	blind   bool     // this user may not see all of it
	version string   // filled in by examine
	info    redisinfo.Info
	facts   preflight.Fence
}

// closed reports whether the settings say that a fence is closed.
func (v fenceView) closed() bool { return v.value >= fenceOffset || len(v.kept) > 0 }

// rehearsal reports whether the fence that is closed is one of a rehearsal.
func (v fenceView) rehearsal() bool {
	return v.value >= 2*fenceOffset || slices.Contains(v.kept, rehearsalMark)
}

// raised is what the parameter becomes. The fence of a cut-over stays one: its completion
// may have been requested.
func (v fenceView) raised(rehearsal bool) int {
	if !rehearsal {
		return v.value%fenceOffset + fenceOffset
	}
	if v.value >= fenceOffset {
		return v.value
	}
	return v.value + 2*fenceOffset
}

// settingsQuestions ask for the settings of all fences, in one round trip.
func settingsQuestions() [][]any {
	return [][]any{
		{"CONFIG", "GET", "min-replicas-to-write"}, {"CONFIG", "GET", "min-replicas-max-lag"},
		{"CONFIG", "GET", "min-slaves-to-write"}, {"CONFIG", "GET", "min-slaves-max-lag"}, // before 5.0
		{"ACL", "USERS"},
	}
}

// fenceSettings asks for them, and what else is to be asked in the same round trip.
func (n *Node) fenceSettings(ctx context.Context, more ...[]any) (fenceView, error) {
	answers, err := n.ask(ctx, append(settingsQuestions(), more...)...)
	if err != nil {
		return fenceView{}, err
	}
	return n.readSettings(answers)
}

// readSettings takes the answers to settingsQuestions.
func (n *Node) readSettings(answers []answer) (fenceView, error) {
	v := fenceView{config: answers[0].err}
	for i := 0; i < 4 && v.config == nil && v.param == ""; i += 2 {
		if err := v.settings(answers[i], answers[i+1]); err != nil {
			return fenceView{}, n.failed("CONFIG GET", err)
		}
	}
	if err := passing(v.config); err != nil {
		return fenceView{}, err
	}
	if err := passing(answers[4].err); err != nil {
		return fenceView{}, err
	}
	v.blind = isReply(v.config, "NOPERM") || isReply(answers[4].err, "NOPERM")
	users, _ := redisinfo.ParseNames(answers[4].reply) // nil before 6.0
	for _, u := range users {
		if strings.HasPrefix(u, keptPrefix) {
			v.kept = append(v.kept, u)
		}
	}
	return v, nil
}

// settings takes the answers for the two parameters under one pair of names.
func (v *fenceView) settings(least, lag answer) error {
	pairs, err := redisinfo.ParseConfig(least.reply)
	if err != nil {
		return err
	}
	lags, err := redisinfo.ParseConfig(lag.reply)
	if err != nil {
		return err
	}
	for name, text := range pairs {
		v.param = name
		if v.value, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, text := range lags {
		if v.maxLag, err = strconv.ParseInt(text, 10, 64); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// passing is nil for an error reply that says that a command is not to be had, or
// not by this user, and else the error: the server may answer later.
func passing(err error) error {
	if isReply(err, "NOPERM") || isReply(err, "ERR") {
		return nil
	}
	return err
}

// FenceFacts finds out by which fences the server could be closed. It changes
// nothing, and no data. What the user may run is asked with ACL DRYRUN, from Redis
// 7.0 on; where that is not to be had, with arguments that the server refuses, and a
// DEL of a key with a random name.
func (n *Node) FenceFacts(ctx context.Context) (preflight.Fence, error) {
	v, err := n.examine(ctx)
	return v.facts, err
}

// examine is fenceSettings, and what may be run.
func (n *Node) examine(ctx context.Context, more ...[]any) (fenceView, error) {
	answers, err := n.ask(ctx, []any{"INFO"}, []any{"INFO", "commandstats"})
	if err == nil {
		err = answers[0].err
	}
	if err != nil {
		return fenceView{}, err
	}
	v, err := n.fenceSettings(ctx, more...)
	if err != nil {
		return fenceView{}, err
	}
	text, _ := answers[0].reply.(string)
	v.info = redisinfo.ParseInfo(text)
	v.version = v.info.VersionText()
	own := cmp.Or(n.cfg.Username, "default")
	for _, k := range v.kept { // the rights that it has but for the fence
		if k == keptPrefix+own {
			own = k
		}
	}
	v.facts.Counters = judgeReply(answers[1])
	if stats, _ := answers[1].reply.(string); answers[1].err == nil && !redisinfo.ParseInfo(stats).HasSection("Commandstats") {
		v.facts.Counters = preflight.Absent
	}
	return v, n.examineRights(ctx, &v, own)
}

// examineRights asks for all that the fences need.
func (n *Node) examineRights(ctx context.Context, v *fenceView, own string) error {
	param, f := cmp.Or(v.param, "min-replicas-to-write"), &v.facts
	key, nobody := probePrefix+rand.Text(), keptPrefix+rand.Text()
	version, err := v.info.Version()
	told := err == nil
	wants := []want{
		{&f.Config, []any{"CONFIG", "SET", param, "0"}, []any{"CONFIG", "SET", "cachelift-no-such-parameter", "0"}},
		{&f.Pause, []any{"CLIENT", "PAUSE", "1", "WRITE"}, []any{"CLIENT", "PAUSE", "never", "WRITE"}},
		{&f.Pause, []any{"CLIENT", "UNPAUSE"}, []any{"CLIENT", "UNPAUSE", "never"}},
		{&f.ACL, []any{"ACL", "LIST"}, []any{"ACL", "LIST"}},
		{&f.ACL, []any{"ACL", "SETUSER", keptPrefix}, []any{"ACL", "SETUSER", nobody, "no-such-rule"}},
		{&f.ACL, []any{"ACL", "DELUSER", keptPrefix}, []any{"ACL", "DELUSER", nobody}},
		{&f.Probe, []any{"DEL", key}, []any{"DEL", key}},
	}
	var dry, trial [][]any
	for _, w := range wants {
		dry, trial = append(dry, append([]any{"ACL", "DRYRUN", own}, w.command...)), append(trial, w.harmless)
	}
	found := make([]preflight.Permit, len(wants))
	if told && version.AtLeast(redisinfo.Version{Major: 7}) {
		answers, err := n.ask(ctx, dry...)
		if err != nil {
			return err
		}
		for i, a := range answers {
			found[i] = judgeDryRun(a)
		}
	}
	if found[0] == preflight.PermitUnknown { // no dry run
		answers, err := n.ask(ctx, trial...)
		if err != nil {
			return err
		}
		for i, a := range answers {
			found[i] = judgeReply(a)
		}
		if told && version.AtLeast(redisinfo.Version{Major: 7}) && found[2] == preflight.Permitted {
			found[2] = preflight.PermitUnknown // there the number of arguments is judged before the right
		}
		if strings.HasPrefix(own, keptPrefix) && found[6] == preflight.Denied {
			found[6] = preflight.Permitted // denied by the fence itself
		}
	}
	for i, w := range wants {
		*w.of = worse(*w.of, found[i], i > 0 && wants[i-1].of == w.of)
	}
	if v.config != nil { // CONFIG GET
		f.Config = judgeReply(answer{err: v.config})
	}
	f.MaxLag = v.maxLag
	return nil
}

// want is a command that a fence needs.
type want struct {
	of       *preflight.Permit
	command  []any // what is needed, for a dry run
	harmless []any // what shows the right to it without doing anything
}

// worse joins what was found of two commands that are needed together.
func worse(a, b preflight.Permit, joined bool) preflight.Permit {
	if !joined {
		return b
	}
	for _, p := range []preflight.Permit{preflight.Denied, preflight.Absent, preflight.PermitUnknown} {
		if a == p || b == p {
			return p
		}
	}
	return preflight.Permitted
}

// judgeDryRun takes the answer of ACL DRYRUN: OK, a text that says why not, or an
// error if there is no such command or the dry run itself is not to be had.
func judgeDryRun(a answer) preflight.Permit {
	switch {
	case isReply(a.err, "ERR Command "):
		return preflight.Absent
	case a.err != nil:
		return preflight.PermitUnknown
	case a.reply == "OK":
		return preflight.Permitted
	}
	return preflight.Denied
}

// judgeReply takes the answer to a harmless call: an error that is about its
// arguments, or about the state of the server, comes after the right to call it was
// judged.
func judgeReply(a answer) preflight.Permit {
	lower := ""
	if a.err != nil {
		lower = strings.ToLower(a.err.Error())
	}
	switch {
	case a.err == nil, isReply(a.err, "NOREPLICAS"):
		return preflight.Permitted
	case isReply(a.err, "NOPERM"):
		return preflight.Denied
	case strings.Contains(lower, "unknown command"), strings.Contains(lower, "unknown subcommand '"):
		return preflight.Absent
	case isReply(a.err, "ERR"):
		return preflight.Permitted
	}
	return preflight.PermitUnknown
}

// fenceable judges what INFO says.
func (v fenceView) fenceable() error {
	var problems []error
	if role := v.info.Str("role"); role != string(redisinfo.Master) {
		problems = append(problems, fmt.Errorf("its role is %q: writes are acknowledged by its primary, so fence that", role))
	}
	if v.info.Int("cluster_enabled") == 1 {
		problems = append(problems, errors.New("it runs in cluster mode"))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrNoFence, errors.Join(problems...))
}
