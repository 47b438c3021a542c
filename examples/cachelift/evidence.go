package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cachelift/cachelift/migration"
)

// evidenceWriter is how a result is written to a file of that name; nil if its
// ending is none that is known.
func evidenceWriter(path string) func(io.Writer, migration.Result) error {
	switch filepath.Ext(path) {
	case ".md":
		return func(w io.Writer, r migration.Result) error { return r.WriteMarkdown(w) }
	case ".json":
		return func(w io.Writer, r migration.Result) error { return writeJSON(w, r) }
	}
	return nil
}

// checkEvidence finds out before a migration what would keep its result from being
// written after it.
func (f *flags) checkEvidence(p planFile) error {
	if f.evidence == "" {
		return nil
	}
	if evidenceWriter(f.evidence) == nil {
		return fmt.Errorf("--evidence is %q, want a file whose name ends in .md or .json", f.evidence)
	}
	folder, err := os.Stat(filepath.Dir(f.evidence))
	if err != nil || !folder.IsDir() {
		return fmt.Errorf("--evidence is %q, want a file in a folder that is there", f.evidence)
	}
	if file, err := os.Stat(f.evidence); err == nil && !file.Mode().IsRegular() {
		return fmt.Errorf("--evidence is %q, want a file, which this is not", f.evidence)
	}
	if path := absolute(f.evidence); p.path != "" && (path == absolute(p.path) || path == absolute(p.ledger())) {
		return fmt.Errorf("--evidence is %q, want another file than those of the plan", f.evidence)
	}
	return nil
}

// storeEvidence writes the result of a run for --evidence. One that another process
// drives leaves the file to that one.
func (j *job) storeEvidence(r migration.Result, err error) error {
	if j.evidence == "" || errors.Is(err, migration.ErrLeaseHeld) {
		return nil
	}
	var b bytes.Buffer
	err = evidenceWriter(j.evidence)(&b, r)
	if err == nil {
		err = replaceFile(j.evidence, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("--evidence: %w", err)
	}
	return nil
}

// replaceFile writes a file that is there as a whole or not at all, and that only
// its owner can read.
func replaceFile(path string, b []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// absolute is the path from any folder, or as it is if there is no telling.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
