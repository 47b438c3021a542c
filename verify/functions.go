package verify

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"sync"
)

// library is a library of functions.
type library struct{ engine, code string }

// compareFunctions compares the libraries of functions, by name, engine and code.
func (e *engine) compareFunctions(ctx context.Context) error {
	var all [2]map[string]library
	for round := 0; ; round++ {
		if err := e.readFunctions(ctx, &all); err != nil {
			return err
		}
		if all[0] == nil || all[1] == nil || maps.Equal(all[0], all[1]) || round == 2 {
			break
		}
		if _, err := e.catchUp(ctx); err != nil {
			return err
		}
	}
	if all[0] == nil || all[1] == nil {
		return nil
	}
	names := map[string]bool{}
	for _, m := range all {
		for name := range m {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		source, here := all[0][name]
		target, there := all[1][name]
		d := Difference{Class: ClassValue, Key: []byte(name), Type: TypeFunction}
		if here {
			d.Source = source.describe()
		}
		if there {
			d.Target = target.describe()
		}
		switch {
		case source == target:
			continue
		case !there:
			d.Class = ClassMissing
		case !here:
			d.Class = ClassExtra
		}
		if err := e.deliver(d); err != nil {
			return err
		}
	}
	return nil
}

// describe describes a library without its code.
func (l library) describe() string {
	sum := sha256.Sum256([]byte(l.code))
	return fmt.Sprintf("%s library of %d bytes, sha256:%x", l.engine, len(l.code), sum[:8])
}

// readFunctions reads the libraries of both sides; nil for a side that has none
// because it is too old, if the other one has none either.
func (e *engine) readFunctions(ctx context.Context, all *[2]map[string]library) error {
	var mu sync.Mutex
	return e.together(ctx, func(ctx context.Context, s *side) error {
		m := map[string]library{}
		if !s.can.functions {
			if s.version >= 700 || s.version == 0 {
				e.weak(fmt.Sprintf("the %s does not allow FUNCTION LIST: functions are not compared", s.name))
				m = nil
			}
		} else if err := s.ask(ctx, func(l *link) error {
			clear(m)
			v, err := l.Ask("FUNCTION", "LIST", "WITHCODE")
			for _, lib := range v.Array {
				f := lib.Pairs()
				m[f["library_name"].Text] = library{f["engine"].Text, f["library_code"].Text}
			}
			return err
		}); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if s == e.source {
			all[0] = m
		} else {
			all[1] = m
		}
		return nil
	})
}
