package migration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// FileLease is a [Lease] by a lock on a file, for processes on one machine: make
// one with [NewFileLease]. The system gives the lock back when the process ends,
// however it ends. On a network file system a lock may hold for one machine only.
//
// The file stays there and tells who had it last, and with which plan: the same
// plan, by ID and CreatedAt, that has another source or target by now is refused
// with [ErrTargetBusy].
type FileLease struct {
	path string
	file *os.File // nil while not held
}

// NewFileLease returns a lease by a lock on the file of that path, which is made
// when it is needed, readable by its owner alone. Take one file for each
// replication group, so that two plans cannot drive one group either.
func NewFileLease(path string) *FileLease { return &FileLease{path: path} }

// leaseRecord is what the file holds.
type leaseRecord struct {
	Plan Plan      `json:"plan"`
	PID  int       `json:"pid"`
	Host string    `json:"host"`
	At   time.Time `json:"acquired_at"`
}

// Acquire locks the file.
func (l *FileLease) Acquire(_ context.Context, p Plan) error {
	if l.file != nil {
		return fmt.Errorf("migration: FileLease %s: %w: by this process", l.path, ErrLeaseHeld)
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("migration: FileLease: %w", err)
	}
	if err := l.take(f, p); err != nil {
		return fmt.Errorf("migration: FileLease %s: %w", l.path, errors.Join(err, f.Close()))
	}
	l.file = f
	return nil
}

func (l *FileLease) take(f *os.File, p Plan) error {
	locked, err := lockFile(f)
	if err != nil {
		return err
	}
	last, known := readLease(f)
	switch {
	case !locked && known:
		return fmt.Errorf("%w: process %d on %s, since %s", ErrLeaseHeld, last.PID, last.Host, last.At.Format(time.RFC3339))
	case !locked:
		return ErrLeaseHeld
	case known && last.Plan.ID == p.ID && last.Plan.CreatedAt.Equal(p.CreatedAt) && (last.Plan.Source != p.Source || last.Plan.Target != p.Target):
		return fmt.Errorf("%w: the plan %q was from %s to %s when it was driven last, and is from %s to %s now",
			ErrTargetBusy, p.ID, last.Plan.Source, last.Plan.Target, p.Source, p.Target)
	}
	if err := l.same(f); err != nil { // it may have been removed before it was locked
		return err
	}
	host, _ := os.Hostname() // it is for people
	b, err := json.Marshal(leaseRecord{Plan: p, PID: os.Getpid(), Host: host, At: time.Now().UTC()})
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if _, err := f.WriteAt(b, 0); err != nil { // over the old one: there is a record at any time
		return err
	}
	return f.Truncate(int64(len(b)))
}

// readLease reads who had the lease last; false if the file does not tell. The rest of
// a longer record may follow, if that was not cut off.
func readLease(f *os.File) (leaseRecord, bool) {
	var r leaseRecord
	if err := json.NewDecoder(io.NewSectionReader(f, 0, 64<<10)).Decode(&r); err != nil {
		return leaseRecord{}, false
	}
	return r, true
}

// Check makes sure that the file that is locked is still the one at the path.
func (l *FileLease) Check(context.Context) error {
	if l.file == nil {
		return fmt.Errorf("migration: FileLease %s: it was not acquired", l.path)
	}
	if err := l.same(l.file); err != nil {
		return fmt.Errorf("migration: FileLease %s: %w", l.path, err)
	}
	return nil
}

func (l *FileLease) same(f *os.File) error {
	ours, err1 := f.Stat()
	there, err2 := os.Stat(l.path)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if !os.SameFile(ours, there) {
		return errors.New("the file was replaced")
	}
	return nil
}

// Release unlocks the file and leaves it there.
func (l *FileLease) Release(context.Context) error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	if err := f.Close(); err != nil { // which gives the lock back
		return fmt.Errorf("migration: FileLease: %w", err)
	}
	return nil
}
