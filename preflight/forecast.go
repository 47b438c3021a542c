package preflight

// Range is an estimate: the truth is expected between the two.
type Range struct {
	// Low is the optimistic end.
	Low float64 `json:"low"`
	// High is the pessimistic end.
	High float64 `json:"high"`
}

func exactly(v float64) Range { return Range{v, v} }

func (r Range) plus(s Range) Range { return Range{r.Low + s.Low, r.High + s.High} }

func (r Range) times(s Range) Range { return Range{r.Low * s.Low, r.High * s.High} }

// The speeds that are assumed where nothing was measured, in bytes of the
// source's used_memory per second, and the size of an RDB against used_memory.
// They are wide on purpose: what they cannot decide is reported as unknown.
const (
	saveSlow, saveFast = 30 << 20, 250 << 20
	loadSlow, loadFast = 40 << 20, 250 << 20
	linkSlow, linkFast = 60 << 20, 1200 << 20 // half a gigabit to ten
	rdbSmall, rdbLarge = 0.3, 1.0
)

// What is believed of the last save: not that it was faster than disks are, as
// one of an empty server was, nor that it still holds after a week. Assumed.
const (
	saveBelievable = 1 << 30 // bytes of used_memory per second
	saveRecent     = 7 * 24 * 60 * 60
)

// usualDelay is repl-diskless-sync-delay in seconds as Redis ships with it, where
// it is not known.
const usualDelay = 5

// Forecast is how a full sync of the source is expected to go.
type Forecast struct {
	// WaitSeconds is the time before the save begins (repl-diskless-sync-delay).
	WaitSeconds Range `json:"wait_seconds"`
	// SaveSeconds is the time in which the source makes the snapshot.
	SaveSeconds Range `json:"save_seconds"`
	// TransferSeconds is the time that the snapshot takes over the network;
	// in a diskless sync it passes while the snapshot is made.
	TransferSeconds Range `json:"transfer_seconds"`
	// LoadSeconds is the time in which the target loads it.
	LoadSeconds Range `json:"load_seconds"`
	// BufferSeconds is the time from the fork until the target has loaded: what
	// is written in it waits in the source's output buffer.
	BufferSeconds Range `json:"buffer_seconds"`
	// SyncSeconds is all of it: WaitSeconds and BufferSeconds.
	SyncSeconds Range `json:"sync_seconds"`
	// LoadKnown tells whether the figures below are known: they need
	// Facts.Load.
	LoadKnown bool `json:"load_known"`
	// WriteBounded tells whether the pessimistic ends of WriteBytesPerSecond,
	// BufferBytes and CopiedBytes hold. They do not after a single look,
	// since averages hide what happens now; nor where the offset was not counted
	// and scripts were called or may have been, which may write much more than they
	// are sent (48 MB/s while clients sent 3 KB/s, measured). The optimistic ends
	// hold then.
	WriteBounded bool `json:"write_bounded"`
	// WriteBytesPerSecond is what the source adds to the replication stream.
	// Where the offset was counted: from the lesser of its slope and its average,
	// to twice the greater, since the load of a moment says little of bursts
	// (assumed). Else from nothing to the greatest of what clients send, by slope
	// and by average, reads included, and of the changes, each of the size of an
	// average key (assumed).
	WriteBytesPerSecond Range `json:"write_bytes_per_second"`
	// BufferBytes is what piles up in the source's output buffer for the target
	// in BufferSeconds.
	BufferBytes Range `json:"buffer_bytes"`
	// CopiedBytes is the memory that copy-on-write takes while the snapshot is
	// made.
	CopiedBytes Range `json:"copied_bytes"`
}

// Predict makes the forecast. ok is false if the size of the source's data is
// not known. It rests on what the source measured (the last save, if that ended
// within a week and saved no more than a GiB of used_memory per second; the
// replication offset), on Load.LinkBytesPerSecond, and where those are missing on
// speeds that are assumed: 30 to 250 MiB/s to save, 40 to 250 MiB/s to load, half
// to ten gigabits of network, an RDB of 30 to 100 % of used_memory.
// A rate that cannot be true, such as a negative one, counts as not known, and so
// does all of Load with a gap for a field of it.
func Predict(f Facts) (forecast Forecast, ok bool) {
	if f.Source == nil || f.Source.UsedMemory <= 0 || f.absent("source.used_memory") != "" {
		return Forecast{}, false
	}
	s := f.seenSource()
	size := float64(s.UsedMemory)
	p := Forecast{
		SaveSeconds: Range{size / saveFast, size / saveSlow},
		LoadSeconds: Range{size / loadFast, size / loadSlow},
	}
	if took, ok := f.lastSave(s); ok {
		p.SaveSeconds = Range{max(took-1, took/2), 2 * took}
	}
	link := Range{linkSlow, linkFast}
	if f.Load != nil && f.absent("load.link_bytes_per_second") == "" && f.Load.LinkBytesPerSecond > 0 && believable(f.Load.LinkBytesPerSecond) {
		link = exactly(f.Load.LinkBytesPerSecond)
	}
	p.TransferSeconds = Range{size * rdbSmall / link.High, size * rdbLarge / link.Low}
	if f.absent("source.config.diskless_sync") != "" {
		s.Config = nil
	}
	switch c := s.Config; {
	case c == nil:
		p.WaitSeconds = Range{0, usualDelay}
	case c.DisklessSync == "yes" && f.absent("source.config.diskless_delay_seconds") != "":
		p.WaitSeconds = Range{0, usualDelay}
	case c.DisklessSync == "yes":
		p.WaitSeconds = exactly(float64(max(0, c.DisklessDelaySeconds)))
	}
	p.BufferSeconds = p.afterFork(s.Config)
	p.SyncSeconds = p.WaitSeconds.plus(p.BufferSeconds)
	p.addLoad(f, s)
	return p, true
}

// lastSave is how long the last save took, if that says how long the next one
// will. It is told in whole seconds; one that took none says little.
func (f Facts) lastSave(s Node) (seconds float64, ok bool) {
	took, age := s.LastSaveSeconds, s.LastSaveAgeSeconds
	if took <= 0 || age < 0 || age > saveRecent || f.absent("source.last_save_seconds") != "" || f.absent("source.last_save_age_seconds") != "" {
		return 0, false
	}
	return float64(took), float64(s.UsedMemory)/float64(took) <= saveBelievable
}

// overlap is the time of making and sending the snapshot at once.
func (p Forecast) overlap() Range {
	return Range{max(p.SaveSeconds.Low, p.TransferSeconds.Low), max(p.SaveSeconds.High, p.TransferSeconds.High)}
}

// afterFork is the time from the fork until the target has loaded. Whether
// making and sending the snapshot overlap depends on the kind of sync.
func (p Forecast) afterFork(c *NodeConfig) Range {
	inTurn := p.SaveSeconds.plus(p.TransferSeconds)
	switch {
	case c == nil:
		return Range{p.overlap().Low, inTurn.High}.plus(p.LoadSeconds)
	case c.DisklessSync == "yes":
		return p.overlap().plus(p.LoadSeconds)
	default:
		return inTurn.plus(p.LoadSeconds)
	}
}

// child is how long the process lives that makes the snapshot. In a diskless
// sync it lives until the last byte is sent.
func (p Forecast) child(c *NodeConfig) Range {
	switch {
	case c == nil:
		return Range{p.SaveSeconds.Low, p.overlap().High}
	case c.DisklessSync == "yes":
		return p.overlap()
	default:
		return p.SaveSeconds
	}
}
