package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cachelift/cachelift/preflight"
)

// replay judges facts that --facts-out stored: without AWS, a server or a plan.
func (a app) replay(c *cobra.Command, f *flags) int {
	checks, err := f.judging()
	errs := []error{forGathering(c.Flags()), err}
	facts, err := loadFacts(f.factsPath)
	if err = errors.Join(append(errs, err)...); err != nil {
		return a.usage(err)
	}
	return a.judge(facts, f, checks)
}

// forGathering refuses the flags that have no meaning where nobody looks.
func forGathering(s *pflag.FlagSet) error {
	var given []string
	s.Visit(func(f *pflag.Flag) {
		if !slices.Contains([]string{"facts", "only", "output", "severity", "waive"}, f.Name) {
			given = append(given, "--"+f.Name)
		}
	})
	if len(given) == 0 {
		return nil
	}
	return fmt.Errorf("--facts is given, which judges what was seen and looks at nothing: leave out %s", strings.Join(given, ", "))
}

func loadFacts(path string) (preflight.Facts, error) {
	file, err := os.Open(path)
	if err != nil {
		return preflight.Facts{}, fmt.Errorf("--facts: %w", err)
	}
	defer file.Close()
	facts, err := preflight.ReadFacts(file)
	if err != nil {
		return preflight.Facts{}, blame("--facts "+path, err)
	}
	return facts, nil
}

// storeFacts writes a file that only its owner can read: it tells much of the
// network. Nothing is touched if the facts cannot be written.
func storeFacts(path string, facts preflight.Facts) error {
	var b bytes.Buffer
	if err := preflight.WriteFacts(&b, facts); err != nil {
		return fmt.Errorf("--facts-out: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("--facts-out: %w", err)
	}
	if info, statErr := file.Stat(); statErr == nil && info.Mode().IsRegular() {
		err = file.Chmod(0o600) // of one that was there before
	}
	_, writeErr := file.Write(b.Bytes())
	if err = errors.Join(err, writeErr, file.Close()); err != nil {
		return fmt.Errorf("--facts-out: %w", err)
	}
	return nil
}
