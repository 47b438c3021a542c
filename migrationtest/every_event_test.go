package migrationtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Every event type of package progress is told by CheckObserver, and has a line
// of its own in transcripts.
func TestEveryEventIsThere(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../progress/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, eventTypes(file)...)
	}
	have := map[string]bool{}
	for _, e := range everyEvent() {
		have[reflect.TypeOf(e).Name()] = true
		if line(e) == e.Kind() {
			t.Errorf("%s has no line of its own", e.Kind())
		}
	}
	for _, name := range want {
		if !have[name] {
			t.Errorf("everyEvent has no %s", name)
		}
	}
	if len(want) < 10 || len(zero(everyEvent())) != len(want) {
		t.Errorf("%d types are declared, %d have a zero event", len(want), len(zero(everyEvent())))
	}
}

// eventTypes are the structs with a Header embedded.
func eventTypes(file *ast.File) []string {
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				if id, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 && id.Name == "Header" {
					names = append(names, spec.Name.Name)
				}
			}
		}
		return true
	})
	return names
}
