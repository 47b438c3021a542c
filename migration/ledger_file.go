package migration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// NewFileLedger returns a [Ledger] in a file, which only its owner can read (0600).
// Each save writes a new file, flushes it to the disk and puts it in the place of the
// old one, so that a crash leaves either.
func NewFileLedger(path string) Ledger { return fileLedger(path) }

type fileLedger string

// ledgerSchema is the version of the file.
const ledgerSchema = "cachelift.ledger/1"

type ledgerFile struct {
	Schema   string    `json:"schema"`
	Settings []Setting `json:"settings"`
}

// Load reads the file; that there is none is no error.
func (f fileLedger) Load(context.Context) ([]Setting, error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	settings, err := readLedger(b)
	if err != nil {
		return nil, fmt.Errorf("ledger %s: %w", string(f), err)
	}
	return settings, nil
}

func readLedger(b []byte) ([]Setting, error) {
	var doc ledgerFile
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	if doc.Schema != ledgerSchema {
		return nil, fmt.Errorf("schema is %q, want %q", doc.Schema, ledgerSchema)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more data follows the document")
	}
	return doc.Settings, nil
}

// Save replaces the file.
func (f fileLedger) Save(_ context.Context, settings []Setting) error {
	b, err := json.MarshalIndent(ledgerFile{ledgerSchema, settings}, "", "  ")
	if err == nil {
		err = replaceFile(string(f), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// replaceFile writes a file that is there as a whole or not at all.
func replaceFile(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name()) // the first error is the one to tell
		}
	}()
	if _, err := tmp.Write(b); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
