package preflight

// bursts is how much more than was measured may be written while the full sync
// goes on: a look of a fraction of a second misses the peaks. Assumed.
const bursts = 2

// What one change copies of a memory that is shared after a fork: a page. Redis
// turns huge pages off for itself from 6.2 on; before that it takes what the
// machine is set to.
const page, hugePage = 4 << 10, 2 << 20

// fastest bounds what is believed of a measured rate, in anything per second.
const fastest = 1 << 50

// addLoad adds what depends on how much is written.
func (p *Forecast) addLoad(f Facts, s Node) {
	load := f.Load
	if load == nil || f.absent("load") != "" || !load.believable() {
		return
	}
	p.LoadKnown = true
	p.WriteBounded = load.WindowSeconds > 0 && (load.OffsetTracked || load.Scripts == 0)
	p.WriteBytesPerSecond = f.written(*load, s)
	p.BufferBytes = p.WriteBytesPerSecond.times(p.BufferSeconds)
	p.CopiedBytes = Range{0, float64(s.UsedMemory)}
	if !p.WriteBounded {
		return
	}
	// Each change copies the page it begins in and what it writes beyond that,
	// and changes that hit the same page copy it once. At the worst, everything
	// is copied.
	changes := load.ChangesPerSecond
	if changes == 0 { // also if a save ended in between: every command may be a change
		changes = load.CommandsPerSecond
	}
	copying := bursts*changes*s.pageSize() + p.WriteBytesPerSecond.High
	p.CopiedBytes.High = min(p.CopiedBytes.High, copying*p.child(s.Config).High)
}

// unbounded says why the write rate has no upper end, and what to do about it.
func (f Facts) unbounded() (why, remedy string) {
	const more = "which may write more than they are sent, and the replication offset that would tell is not counted"
	switch l := f.Load; {
	case l == nil || !(l.WindowSeconds > 0):
		return "the source was looked at but once, and the averages since it was started hide how much is written now", "gather the facts again, with two looks at the source"
	case l.Scripts < 0:
		return "it was not told whether scripts run, " + more, countOffset + "; or let the library's user run INFO commandstats"
	default:
		return "scripts run, " + more, countOffset
	}
}

// countOffset makes the source count its replication offset.
const countOffset = "attach a replica to the source, since the offset is counted only once there was one, and gather the facts again; or do so after CONFIG RESETSTAT, if no scripts are called any more"

// written is the rate of the replication stream. What clients send has reads in
// it, and the library's own look, and so is not multiplied for bursts.
func (f Facts) written(l Load, s Node) Range {
	if l.OffsetTracked {
		slope, average := l.ReplicationBytesPerSecond, l.ReplicationAverage
		return Range{min(slope, average), bursts * max(slope, average)}
	}
	most := max(l.InputBytesPerSecond, l.InputAverage)
	if keys := s.keyCount(); keys > 0 && f.absent("source.keys") == "" {
		most = max(most, l.ChangesPerSecond*float64(s.UsedMemory)/keys)
	}
	return Range{0, most}
}

// keyCount is the number of keys in all databases.
func (n Node) keyCount() float64 {
	sum := 0.0
	for _, keys := range n.Keys {
		sum += float64(max(0, keys))
	}
	return sum
}

func (l Load) believable() bool {
	for _, rate := range []float64{
		l.ReplicationBytesPerSecond, l.ReplicationAverage, l.InputBytesPerSecond, l.InputAverage,
		l.ChangesPerSecond, l.CommandsPerSecond,
	} {
		if !believable(rate) {
			return false
		}
	}
	return true
}

// believable refuses negative rates, NaN and infinity.
func believable(rate float64) bool { return rate >= 0 && rate <= fastest }

func (n Node) pageSize() float64 {
	if v, ok := parseVersion(n.Version); ok && (n.Engine == "valkey" || !v.less(version{6, 2, 0})) {
		return page
	}
	return hugePage
}
