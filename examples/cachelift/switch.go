package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/migration"
)

// switchTo points the application to the target with --switch-command. The
// library calls it again if it fails, and again when a run that was interrupted
// here is resumed.
func (j *job) switchTo(ctx context.Context, to migration.Endpoint) error {
	if j.switchCommand == "" {
		return nil // the endpoint is part of the result
	}
	c := exec.CommandContext(ctx, "/bin/sh", "-c", j.switchCommand)
	c.Env = append(withoutPassword(os.Environ()), "CACHELIFT_ADDRESS="+to.Address, "CACHELIFT_PORT="+strconv.Itoa(to.Port))
	c.Stdout, c.Stderr = j.err, j.err
	if err := c.Run(); err != nil {
		return fmt.Errorf("--switch-command: %w", err)
	}
	return nil
}

// withoutPassword keeps the source's password from the command.
func withoutPassword(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, passwordVariable+"=") })
}
