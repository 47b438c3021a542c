package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/cachelift/cachelift/verify/internal/digest"
)

// checkpointVersion is the version of the checkpoint's format.
const checkpointVersion = 1

// The parts of the comparison of a database.
const (
	phaseScan = "scan"
	phaseLook = "look"
)

// saved is a checkpoint, but for the sums.
type saved struct {
	// Options identifies the options and the servers' addresses.
	Options string     `json:"options"`
	Key     digest.Key `json:"key"`
	// Runs are the processes that were read.
	Runs [2]string `json:"runs"`
	// Sample is how many keys there were when the sample was chosen.
	Sample int64         `json:"sample,omitempty"`
	Done   []int         `json:"done,omitempty"`
	Now    *savedDB      `json:"now,omitempty"`
	Weaker []string      `json:"weaker,omitempty"`
	Read   int64         `json:"read"` // keys of the databases that are done
	Report Report        `json:"report"`
	Took   time.Duration `json:"took_ns"`
}

// savedDB is the database that is being compared.
type savedDB struct {
	DB    int    `json:"db"`
	Phase string `json:"phase"`
	// Scans are how far the scans of both sides have come.
	Scans [2]savedScan `json:"scans"`
	// Marks, Side and Cursor are how far the second look has come.
	Marks  []byte `json:"marks,omitempty"`
	Side   int    `json:"side,omitempty"`
	Cursor string `json:"cursor,omitempty"`
}

// savedScan is a scan.
type savedScan struct {
	Cursor string `json:"cursor"`
	Counts kinds  `json:"counts"`
	Keys   int64  `json:"keys"`
	Done   bool   `json:"done,omitempty"`
}

// whole is the checkpoint as it is written. The sums are apart, because they are
// large and written without a copy.
type whole struct {
	Version int       `json:"version"`
	State   saved     `json:"state"`
	Sums    [2]string `json:"sums"`
}

// checkpoints writes checkpoints. Its methods are safe for concurrent use.
type checkpoints struct {
	mu    sync.Mutex
	next  time.Time
	state saved
	scans [2]*scan // of the database that is being compared
	out   bytes.Buffer
}

// scanning tells that the scans of a database begin.
func (c *checkpoints) scanning(db int, scans [2]*scan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scans, c.state.Now = scans, &savedDB{DB: db, Phase: phaseScan}
}

// looking tells how far the second look at a database has come.
func (c *checkpoints) looking(db int, marked marks, side int, cursor string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scans, c.state.Now = [2]*scan{}, &savedDB{DB: db, Phase: phaseLook, Marks: marked, Side: side, Cursor: cursor}
}

// finished tells that a database is done.
func (c *checkpoints) finished(db int, read int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scans, c.state.Now, c.state.Read = [2]*scan{}, nil, read
	c.state.Done = append(c.state.Done, db)
}

// saveLast writes a checkpoint although ctx may have ended.
func (c *checkpoints) saveLast(ctx context.Context, e *engine) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
	defer cancel()
	return c.saveNow(ctx, e)
}

// lastSave bounds how long the last checkpoint may take.
const lastSave = 10 * time.Second

// saveIfDue writes a checkpoint if it is time to. A second look does so between
// two pages only.
func (c *checkpoints) saveIfDue(ctx context.Context, e *engine) error {
	if e.o.Checkpoint == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.next) {
		return nil
	}
	return c.save(ctx, e)
}

// saveNow writes a checkpoint.
func (c *checkpoints) saveNow(ctx context.Context, e *engine) error {
	if e.o.Checkpoint == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.save(ctx, e)
}

// save writes a checkpoint. The caller holds c.mu.
func (c *checkpoints) save(ctx context.Context, e *engine) error {
	c.fill(e)
	var sums [2]buckets
	if c.state.Now != nil && c.state.Now.Phase == phaseScan {
		for i, s := range c.scans {
			s.mu.Lock()
			sums[i] = append(buckets(nil), s.sums...)
			c.state.Now.Scans[i] = savedScan{s.cursor, s.counts, s.keys, s.done}
			s.mu.Unlock()
		}
	}
	head, err := json.Marshal(c.state)
	if err != nil {
		return fmt.Errorf("verify: the checkpoint: %w", err)
	}
	c.out.Reset()
	fmt.Fprintf(&c.out, `{"version":%d,"state":%s,"sums":["`, checkpointVersion, head)
	writeSums(&c.out, sums[0])
	c.out.WriteString(`","`)
	writeSums(&c.out, sums[1])
	c.out.WriteString(`"]}`)
	if err := e.o.Checkpoint.Save(ctx, c.out.Bytes()); err != nil {
		return fmt.Errorf("verify: saving the checkpoint: %w", err)
	}
	c.next = time.Now().Add(e.o.CheckpointEvery)
	return nil
}

// fill takes what the comparison has come to.
func (c *checkpoints) fill(e *engine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c.state.Report = e.report
	c.state.Report.Source, c.state.Report.Target = e.source.report(), e.target.report()
	c.state.Weaker = sortedKeys(e.weaker)
	c.state.Took = e.report.Took + time.Since(e.began)
	c.state.Key = e.key
	c.state.Options = e.fingerprint()
	c.state.Runs = [2]string{e.source.run, e.target.run}
}

// writeSums writes sums in base64.
func writeSums(out *bytes.Buffer, sums buckets) {
	w := base64.NewEncoder(base64.StdEncoding, out)
	var b [16]byte
	for _, s := range sums {
		binary.LittleEndian.PutUint64(b[:], s.A)
		binary.LittleEndian.PutUint64(b[8:], s.B)
		_, _ = w.Write(b[:]) // a buffer takes everything
	}
	_ = w.Close()
}

// readSums reads what writeSums wrote into sums.
func readSums(text string, sums buckets) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	if len(raw) != 16*len(sums) {
		return fmt.Errorf("%d bytes of sums, want %d", len(raw), 16*len(sums))
	}
	for i := range sums {
		sums[i] = digest.Sum{A: binary.LittleEndian.Uint64(raw[16*i:]), B: binary.LittleEndian.Uint64(raw[16*i+8:])}
	}
	return nil
}
