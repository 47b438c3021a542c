//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package migration

import (
	"errors"
	"fmt"
	"os"
)

// lockFile fails: a lock that does not go with its process would keep a
// migration from being resumed.
func lockFile(*os.File) (bool, error) {
	return false, fmt.Errorf("locks on files: %w", errors.ErrUnsupported)
}
