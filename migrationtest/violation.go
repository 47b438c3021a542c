package migrationtest

import (
	"errors"
	"fmt"
	"slices"
)

// rule is one sentence of a contract, and why it stands there.
type rule struct{ name, why string }

// violations collects what a check found.
type violations struct {
	check string
	found []error
	told  []string
}

// add notes a violation, once each.
func (v *violations) add(r rule, format string, args ...any) {
	text := fmt.Sprintf("migrationtest: %s: rule %q: %s: %s", v.check, r.name, fmt.Sprintf(format, args...), r.why)
	if slices.Contains(v.told, text) {
		return
	}
	v.told = append(v.told, text)
	v.found = append(v.found, errors.New(text))
}

func (v *violations) err() error { return errors.Join(v.found...) }
