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
	page               = 4096 // what one change copies of a memory that is shared after a fork
)

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
	// SyncSeconds is all of it.
	SyncSeconds Range `json:"sync_seconds"`
	// LoadKnown tells whether the figures below are known: they need
	// Facts.Load.
	LoadKnown bool `json:"load_known"`
	// WriteBytesPerSecond is what the source adds to the replication stream.
	WriteBytesPerSecond Range `json:"write_bytes_per_second"`
	// BufferBytes is what piles up in the source's output buffer for the target
	// from the fork until the target has loaded the snapshot.
	BufferBytes Range `json:"buffer_bytes"`
	// CopiedBytes is the memory that copy-on-write takes while the snapshot is
	// made.
	CopiedBytes Range `json:"copied_bytes"`
}

// Predict makes the forecast. ok is false if the size of the source's data is
// not known. It rests on what the source measured (the last save, the slope of
// the replication offset), on Load.LinkBytesPerSecond, and where those are
// missing on speeds that are assumed: 30 to 250 MiB/s to save, 40 to 250 MiB/s
// to load, half to ten gigabits of network, an RDB of 30 to 100 % of used_memory.
func Predict(f Facts) (forecast Forecast, ok bool) {
	s := f.Source
	if s == nil || s.UsedMemory <= 0 {
		return Forecast{}, false
	}
	size := float64(s.UsedMemory)
	p := Forecast{
		SaveSeconds: Range{size / saveFast, size / saveSlow},
		LoadSeconds: Range{size / loadFast, size / loadSlow},
	}
	if s.LastSaveSeconds > 0 { // whole seconds; one that took none says little
		took := float64(s.LastSaveSeconds)
		p.SaveSeconds = Range{took - 1, 2 * took}
	}
	link := Range{linkSlow, linkFast}
	if f.Load != nil && f.Load.LinkBytesPerSecond > 0 {
		link = exactly(f.Load.LinkBytesPerSecond)
	}
	p.TransferSeconds = Range{size * rdbSmall / link.High, size * rdbLarge / link.Low}
	afterFork := p.afterFork(s.Config)
	if s.Config != nil && s.Config.DisklessSync == "yes" {
		p.WaitSeconds = exactly(float64(s.Config.DisklessDelaySeconds))
	}
	p.SyncSeconds = p.WaitSeconds.plus(afterFork)
	p.addLoad(f.Load, size, afterFork)
	return p, true
}

// afterFork is the time from the fork until the target has loaded. Whether
// making and sending the snapshot overlap depends on the kind of sync.
func (p Forecast) afterFork(c *NodeConfig) Range {
	overlap := Range{max(p.SaveSeconds.Low, p.TransferSeconds.Low), max(p.SaveSeconds.High, p.TransferSeconds.High)}
	inTurn := p.SaveSeconds.plus(p.TransferSeconds)
	switch {
	case c == nil:
		return Range{overlap.Low, inTurn.High}.plus(p.LoadSeconds)
	case c.DisklessSync == "yes":
		return overlap.plus(p.LoadSeconds)
	default:
		return inTurn.plus(p.LoadSeconds)
	}
}

func (p *Forecast) addLoad(load *Load, size float64, afterFork Range) {
	if load == nil {
		return
	}
	p.LoadKnown = true
	p.WriteBytesPerSecond = Range{0, load.InputBytesPerSecond}
	if load.OffsetTracked {
		p.WriteBytesPerSecond = exactly(load.ReplicationBytesPerSecond)
	}
	p.BufferBytes = p.WriteBytesPerSecond.times(afterFork)
	// Each change copies a page at the most, and changes that hit the same page
	// copy it once.
	changes := exactly(load.ChangesPerSecond * page)
	p.CopiedBytes = Range{0, min(size, changes.times(p.SaveSeconds).High)}
}
