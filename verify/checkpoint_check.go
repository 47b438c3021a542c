package verify

import (
	"errors"
	"fmt"
	"strconv"
)

// problems gathers what is wrong with a checkpoint.
type problems []error

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }

// least wants a number that is not negative.
func (p *problems) least(field string, n int64) {
	if n < 0 {
		p.add("%s is %d, want 0 or more", field, n)
	}
}

// cursor wants the cursor of a scan.
func (p *problems) cursor(field, cursor string) {
	if _, err := strconv.ParseUint(cursor, 10, 64); err != nil {
		p.add("%s is %.40q, want a number", field, cursor)
	}
}

// check reports everything that no comparison of that mode writes, and that going on
// would trip over: the file may have been edited.
func (s *saved) check(mode Mode) error {
	var p problems
	p.least("state.sample", s.Sample)
	p.least("state.read", s.Read)
	p.least("state.took_ns", int64(s.Took))
	if s.Report.Mode != mode {
		p.add("state.report.mode is %.40q, want %q", s.Report.Mode, mode)
	}
	for class, n := range s.Report.Counts {
		p.least(fmt.Sprintf("state.report.counts[%.40s]", class), n)
	}
	for i, db := range s.Report.DBs {
		if db.Source == nil || db.Target == nil {
			p.add("state.report.dbs[%d] is without source or target", i)
		}
	}
	if s.Now != nil {
		s.Now.check(&p)
	}
	return errors.Join(p...)
}

// check is check for the database that is being compared.
func (s *savedDB) check(p *problems) {
	p.least("state.now.db", int64(s.DB))
	switch s.Phase {
	case phaseScan:
		for i, scan := range s.Scans {
			field := fmt.Sprintf("state.now.scans[%d].", i)
			p.cursor(field+"cursor", scan.Cursor)
			p.least(field+"keys", scan.Keys)
			for kind, n := range scan.Counts {
				p.least(fmt.Sprintf("%scounts[%d]", field, kind), n)
			}
		}
	case phaseLook:
		if len(s.Marks) != marksSize {
			p.add("state.now.marks has %d bytes, want %d", len(s.Marks), marksSize)
		}
		if s.Side < 0 || s.Side > 2 {
			p.add("state.now.side is %d, want 0 to 2", s.Side)
		}
		p.cursor("state.now.cursor", s.Cursor)
	default:
		p.add("state.now.phase is %.40q, want %s or %s", s.Phase, phaseScan, phaseLook)
	}
}
