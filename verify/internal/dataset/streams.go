package dataset

import "strconv"

// streamKey returns the name of stream i of M.
func streamKey(i int) string { return "stream:" + strconv.Itoa(i) }

// streamDB returns where stream i is.
func streamDB(i int) int { return boolInt(i%5 == 4) }

// The groups and consumers of a stream: in each group the first consumer has
// no pending entries, the other two share them.
func groups() []string    { return []string{"billing", "audit"} }
func consumers() []string { return []string{"idle", "worker-1", "worker-2"} }

// pending returns how many of the first entries are pending in a group: 150 of
// 1,000.
func (s Size) pending() int { return s.Entries * 15 / 100 / 2 }

// delivered returns how many entries a group has been given.
func (s Size) delivered(group int) int { return s.Entries / (2 + group) }

// entryID returns the id of entry e of stream i, in milliseconds. Ids grow by
// steps, so that there is room between them.
func (s Set) entryID(i, e int) string {
	return strconv.FormatInt(s.Base.UnixMilli()-3_600_000+int64(i)+10*int64(e), 10) + "-" + strconv.Itoa(e%3)
}

// streams writes the streams that are in the database.
func (g *generator) streams(p *pipe, db int) {
	for i := range g.set.Streams {
		if streamDB(i) == db {
			g.stream(p, i, nil)
		}
	}
}

// stream writes stream i as a server that rewrites its log does: with explicit
// ids and delivery times. spoil, if there is one, may change the fields of an
// entry.
func (g *generator) stream(p *pipe, i int, spoil func(entry int, fields []string)) {
	g.at('x', i)
	key := streamKey(i)
	for e := range g.set.Entries {
		fields := []string{"amount", strconv.Itoa(g.rng.IntN(1e6)), "currency", "EUR", "text", g.text(20)}
		if e%7 == 3 { // other fields than the first entry has
			fields = []string{"note", g.text(30)}
		}
		if spoil != nil {
			spoil(e, fields)
		}
		p.send(append([]string{"XADD", key, g.set.entryID(i, e)}, fields...)...)
	}
	if g.set.Entries > 20 { // holes, of which a stream keeps count
		p.send("XDEL", key, g.set.entryID(i, g.set.Entries-2), g.set.entryID(i, g.set.Entries-9))
	}
	for n, group := range groups() {
		g.group(p, i, n, group)
	}
}

// group writes a group of a stream with its consumers and what is pending.
func (g *generator) group(p *pipe, i, n int, group string) {
	key := streamKey(i)
	p.send("XGROUP", "CREATE", key, group, g.set.entryID(i, g.set.delivered(n)-1))
	at := strconv.FormatInt(g.set.Base.UnixMilli()-60_000, 10)
	for c, consumer := range consumers() {
		if c == 0 {
			if !g.set.Old {
				p.send("XGROUP", "CREATECONSUMER", key, group, consumer)
			}
			continue
		}
		for e := c - 1; e < g.set.pending(); e += 2 {
			p.send("XCLAIM", key, group, consumer, "0", g.set.entryID(i, e),
				"TIME", at, "RETRYCOUNT", strconv.Itoa(1+e%4), "FORCE", "JUSTID")
		}
	}
}
