package migration

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// glance is what decide needs after a call whose outcome is not known: the
// primary node as it is now, the events since the mark, and the group's status
// if it was seen in a look that began after since. It makes no call to the
// ElastiCache API: the watch does.
func (r *run) glance(ctx context.Context, a asked, since time.Time) observed {
	role, l, _ := r.askPrimary(ctx)
	return r.glanceAt(role, l, a, since)
}

// glanceAt is glance with what the primary node has told.
func (r *run) glanceAt(role redisinfo.Role, l link, a asked, since time.Time) observed {
	v, err := r.watch.view()
	o := observed{
		exists: !errors.Is(err, target.ErrNotFound), members: membersOf(v.desc.Members),
		link: l, linkUp: role.Link == redisinfo.LinkConnected,
		offsets: offsetsUnknown, history: lineageOther, pause: pauseNo, asked: a,
	}
	if v.began.After(since) {
		o.status = v.desc.Status
	}
	if a == askedComplete {
		o.pause = pauseYes // when it was asked for
		_, o.verdict, _ = r.watch.answer(r.eventsMark, r.cutover.sent)
	} else {
		_, o.verdict = r.watch.newest(r.eventsMark, target.VerdictStarted, target.VerdictFailed, target.VerdictCompleted)
	}
	started, _ := r.watch.newest(r.eventsMark, target.VerdictStarted)
	o.named, o.texts.started = namesSource(started, r.plan.Source)
	o.texts.source, o.texts.upstream = r.plan.Source.String(), role.Upstream
	return o
}

// membersOf says whether a group has exactly one primary, as far as the service
// tells the roles of its members.
func membersOf(all []target.Member) members {
	primaries, told := 0, 0
	for _, m := range all {
		if m.Role != "" {
			told++
		}
		if m.Role == "primary" {
			primaries++
		}
	}
	if told > 0 && primaries != 1 {
		return membersMoving
	}
	return membersSteady
}

// namesSource tells whether the event of a start names the source, and what it
// names. A name and an address may be the same server, so only two of the same
// kind that differ are taken for two servers.
func namesSource(e progress.ServiceEvent, s Source) (named, string) {
	if e.Message == "" {
		return namedUnknown, ""
	}
	if mentions(e.Message, s) {
		return namedOurs, s.String()
	}
	at, ok := target.StartedFrom(e)
	if !ok {
		return namedUnknown, ""
	}
	theirs := endpointOf(at)
	_, err1 := netip.ParseAddr(theirs.Address)
	_, err2 := netip.ParseAddr(s.Address)
	if (err1 == nil) != (err2 == nil) && theirs.Port == s.Port {
		return namedUnknown, at
	}
	return namedOther, strings.ToLower(at)
}
