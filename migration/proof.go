package migration

import (
	"context"
	"fmt"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// history is what a server says about the replication histories it knows. A
// promoted node names the one that it followed, and the offset behind the last
// byte that it applied of it (PSYNC2, Redis 4.0 and later).
type history struct {
	id       string // of its own stream
	offset   int64  // of its own stream
	former   string // the one it followed before it was promoted
	formerTo int64  // the first offset of that which it did not apply
	run      string // the run id of the process
}

// historyOf reads INFO. Before Redis 4.0 the run id names the history.
func historyOf(i redisinfo.Info) history {
	h := history{
		id: i.Str("master_replid"), offset: i.Int("master_repl_offset"),
		former: i.Str("master_replid2"), formerTo: i.Int("second_repl_offset"), run: i.Str("run_id"),
	}
	if h.id == "" {
		h.id = i.Str("run_id")
	}
	return h
}

// holds reports whether a promoted node tells that it had applied the history
// up to the offset. known is false if it does not tell: it names another
// history or none, as after a restart.
func (h history) holds(id string, offset int64) (all, known bool) {
	if id == "" || h.former != id {
		return false, false
	}
	return h.formerTo > offset, true
}

// promotedFromSource reports whether the target's primary names the source's
// present history as the one that it followed before it was promoted.
func (r *run) promotedFromSource(ctx context.Context) (bool, error) {
	source, dest, err := r.histories(ctx)
	if err != nil {
		return false, err
	}
	_, known := dest.holds(source.id, 0)
	return known, nil
}

// startedAnew reports whether the target's primary is known to follow nobody since its
// process began: a node that was promoted names the history that it left, so this one was
// put in the place of one that is gone.
func (r *run) startedAnew(ctx context.Context) bool {
	_, dest, err := r.histories(ctx)
	return err == nil && dest.former != "" && strings.Trim(dest.former, "0") == ""
}

// lineageNow tells whether the target holds all that the source has, now that
// the source takes no writes. Which node had drained is not known.
func (r *run) lineageNow(ctx context.Context) lineage {
	source, dest, err := r.histories(ctx)
	if err != nil {
		return lineageOther
	}
	return dest.lineage(source.id, source.offset, "")
}

// lineage tells how much of a history a promoted node had applied, and whether it is
// the one of the drain, by its run id.
func (h history) lineage(id string, offset int64, drained string) lineage {
	all, known := h.holds(id, offset)
	same := drained != "" && h.run == drained
	switch {
	case !known:
		return lineageOther
	case all && same:
		return lineageAll
	case all:
		return lineageHeir
	case same:
		return lineagePart
	}
	return lineageBehind
}

func (r *run) histories(ctx context.Context) (source, dest history, err error) {
	s, err := r.source.Info(ctx)
	if err != nil {
		return source, dest, fmt.Errorf("source: %w", err)
	}
	n := r.primary()
	if n == nil {
		return source, dest, errNoPrimary
	}
	d, err := n.Info(ctx)
	if err != nil {
		return source, dest, fmt.Errorf("target: %w", err)
	}
	return historyOf(s), historyOf(d), nil
}

// noteDivergence tells that the source has gone on since the target left its history,
// which was looked at because writes are paused.
func (r *run) noteDivergence(o observed) {
	if o.link != linkNone || o.history != lineageBehind {
		return
	}
	r.emit(progress.Noted{Text: fmt.Sprintf("the target left the source's history at offset %d, and that is at %d by now: writes to the source that the target does not have, "+
		"or only keys that expired and pings to other replicas. Compare both ends", o.texts.left, o.texts.drained)})
}
