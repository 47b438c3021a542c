package migrationtest_test

import (
	"context"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// lines are those of a text without what indents them.
func lines(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, strings.TrimSpace(line))
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// Every piece of code in the package's documentation and in that of crashes stands
// in a test, word by word.
func TestDocumentedProgramsAreTested(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	tested := ""
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tested += lines(string(text)) + "\n"
	}
	found := 0
	for _, name := range []string{"doc.go", "crash.go", "crash_everywhere.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{file.Doc.Text()}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				texts = append(texts, f.Doc.Text())
			}
		}
		for _, text := range texts {
			for _, block := range new(comment.Parser).Parse(text).Content {
				code, ok := block.(*comment.Code)
				if !ok {
					continue
				}
				found++
				if !strings.Contains(tested, lines(code.Text)) {
					t.Errorf("%s: no test has\n%s", name, code.Text)
				}
			}
		}
	}
	if found < 4 {
		t.Errorf("found %d pieces of code, want 4 or more", found)
	}
}

func TestTheHostsOwnCutover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cutover := newGate()
		ctx, write := t.Context(), cutover.write
		if err := migrationtest.CheckCutover(ctx, cutover, write); err != nil {
			t.Error(err)
		}
	})
}

// What the documentation of Crash shows.
func TestDocumentedCrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		ctx, cancel := context.WithCancel(t.Context())
		var m *migration.Migrator
		die := migration.Step{Name: "die", NeedsPause: true, Run: func(ctx context.Context, _ *migration.Session) error {
			s.Crash(m)
			cancel()
			return context.Cause(ctx)
		}}
		wf := migration.DefaultWorkflow().Before(progress.StateDraining, die)
		m = s.Migrator(&migration.Options{Workflow: wf})
		_, _ = m.Run(ctx) // fails: its process is dead
		s.AssertWritesPaused()
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
	})
}
