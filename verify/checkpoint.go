package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckpointStore keeps the checkpoint of a comparison. The library reads it
// once and writes it again and again; it holds digests and no data.
// Implementations are used from one goroutine at a time.
type CheckpointStore interface {
	// Load returns what Save kept last; nil, and no error, if there is nothing.
	Load(ctx context.Context) ([]byte, error)
	// Save keeps the checkpoint in place of the one before. After a crash in the
	// middle of it Load has to return one of the two. A nil checkpoint means that
	// the comparison has come to its end, and nothing is to be kept.
	Save(ctx context.Context, checkpoint []byte) error
}

// FileCheckpoint keeps a checkpoint in a file, which it replaces as a whole, and
// removes at the end.
type FileCheckpoint string

// Load reads the file. A file that is not there is no error.
func (f FileCheckpoint) Load(context.Context) ([]byte, error) {
	data, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Save writes a new file beside the old one and renames it.
func (f FileCheckpoint) Save(_ context.Context, checkpoint []byte) error {
	if checkpoint == nil {
		if err := os.Remove(string(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(checkpoint)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), string(f))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("checkpoint %s: %w", f, err), os.Remove(tmp.Name()))
	}
	return nil
}
