package simulator_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Paths of the module and of the package whose Info reads fields of INFO.
const (
	modulePath = "github.com/cachelift/cachelift"
	infoPath   = modulePath + "/internal/redisinfo"
)

// notOfRedis are the fields that the library reads and Redis 7.0 does not have:
// Valkey alone does, or later versions.
func notOfRedis() []string {
	return []string{"valkey_version", "server_name", "client_output_buffer_limit_disconnections"}
}

// notOfInfo are fields of CLUSTER INFO, which is written as INFO is. Package node
// compares what it gathers of it.
func notOfInfo() []string { return []string{"cluster_size"} }

// byVariable are the functions that read fields whose names are not constants:
// all words that they hold. Words that are no fields begin with "-".
func byVariable() map[string][]string {
	return map[string][]string{
		"internal/node.fields": {
			"os", "role", "cluster_enabled", "used_memory", "used_memory_rss", "maxmemory", "maxmemory_policy", "total_system_memory",
			"connected_clients", "maxclients", "rdb_last_bgsave_status", "rdb_last_bgsave_time_sec", "rdb_last_cow_size",
			"latest_fork_usec", "number_of_cached_scripts", "number_of_libraries",
			"-system_memory", "-clients", "-last_save_status", "-last_save_seconds", "-last_save_copied", "-last_fork_microseconds",
			"-cached_scripts", "-libraries",
		},
		"internal/diagnose.count": {
			"sync_full", "sync_partial_ok", "sync_partial_err", "client_output_buffer_limit_disconnections",
			"unexpected_error_replies", "evicted_keys",
		},
	}
}

// TestConformanceIsComplete: every field of INFO that the library reads is
// compared.
func TestConformanceIsComplete(t *testing.T) {
	t.Parallel()
	var all []read
	packages := 0
	m := newModule(t)
	for _, dir := range m.dirs {
		found := m.reads(dir)
		all = append(all, found...)
		if len(found) > 0 {
			packages++
		}
	}
	if len(all) < 20 || packages < 3 {
		t.Errorf("found %d reads in %d packages only", len(all), packages)
	}
	for _, r := range all {
		for _, problem := range r.problems() {
			t.Error(problem)
		}
	}
	for name := range byVariable() {
		if !slices.ContainsFunc(all, func(r read) bool { return r.function == name && r.field == "" }) {
			t.Errorf("%s reads nothing by a variable: take it from the list", name)
		}
	}
}

// TestReadsAreFound is the test of the search.
func TestReadsAreFound(t *testing.T) {
	t.Parallel()
	const source = `package p
import ("net/url"; info "` + infoPath + `")
const name = "by_constant"
type holder struct{ info.Info }
type other struct{}
func (other) Has(string) bool { return true }
func made() (info.Info, error) { return info.Info{}, nil }
func f(h holder, q url.Values, list []string) {
	i, _ := made()
	_ = i.Str("by_literal") + h.Str(name) + q.Get("x")
	_, _ = q.Has("unknown_type"), other{}.Has("another_type")
	for _, word := range []string{"role", "by_word"} { _ = i.Has(word) }
	read := i.Int
	_ = read("x")
}
`
	m := newModule(t)
	file, err := parser.ParseFile(m.files, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var fields, problems []string
	for _, r := range m.check("p", []*ast.File{file}) {
		fields = append(fields, r.field)
		problems = append(problems, r.problems()...)
	}
	if want := []string{"by_literal", "by_constant", "unknown_type", "", ""}; !slices.Equal(fields, want) {
		t.Errorf("got the reads %q, want %q", fields, want)
	}
	if len(problems) != 5 { // three fields that are not compared, two reads by what is no constant
		t.Errorf("got %d problems, want 5: %q", len(problems), problems)
	}
}

// read is one use of Info's methods.
type read struct {
	at       string
	function string   // "folder.name"
	field    string   // "" if it is not a constant
	words    []string // what the function holds in literals
}

// problems are why the read does not count as compared.
func (r read) problems() []string {
	names := []string{r.field}
	if r.field == "" {
		names = byVariable()[r.function]
		held := slices.Clone(names)
		for i, name := range held {
			held[i] = strings.TrimPrefix(name, "-")
		}
		slices.Sort(held)
		if !slices.Equal(held, r.words) {
			return []string{fmt.Sprintf("%s: %s reads by a variable and holds the words %q: list them in byVariable, there are %q", r.at, r.function, r.words, held)}
		}
	}
	var out []string
	for _, name := range names {
		if _, ok := fields()[name]; !ok && !strings.HasPrefix(name, "-") && !slices.Contains(append(notOfRedis(), notOfInfo()...), name) {
			out = append(out, fmt.Sprintf("%s: %s is not compared: add it to fields", r.at, name))
		}
	}
	return out
}

// module checks the types of this module's packages. What others export is
// unknown to it, and errors that come of that are not looked at.
type module struct {
	t        *testing.T
	files    *token.FileSet
	dirs     []string
	packages map[string]*types.Package
	found    map[string][]read
}

func newModule(t *testing.T) *module {
	m := &module{t: t, files: token.NewFileSet(), packages: map[string]*types.Package{}, found: map[string][]read{}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return err
		case path != ".." && (d.Name() == "testdata" || d.Name() == "examples" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		}
		dir, err := filepath.Rel("..", path)
		m.dirs = append(m.dirs, filepath.ToSlash(dir))
		return err
	})
	if err != nil || !slices.Contains(m.dirs, "internal/redisinfo") {
		t.Fatalf("this module's packages are not found: %q, %v", m.dirs, err)
	}
	return m
}

// Import implements [types.Importer].
func (m *module) Import(path string) (*types.Package, error) {
	if dir, ours := strings.CutPrefix(path, modulePath+"/"); ours {
		m.reads(dir)
		return m.packages[dir], nil
	}
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	return p, nil
}

// reads are those of a folder's package, without its tests.
func (m *module) reads(dir string) []read {
	if found, done := m.found[dir]; done {
		return found
	}
	names, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil {
		m.t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			m.t.Fatal(err)
		}
		file, err := parser.ParseFile(m.files, name, source, parser.SkipObjectResolution)
		if err != nil {
			m.t.Fatal(err)
		}
		files = append(files, file)
	}
	m.found[dir] = m.check(dir, files)
	return m.found[dir]
}

// check finds the reads in the files of one package.
func (m *module) check(dir string, files []*ast.File) []read {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: m, Error: func(error) {}, FakeImportC: true}
	m.packages[dir], _ = config.Check(modulePath+"/"+dir, m.files, files, info)
	var out []read
	for _, file := range files {
		imports := slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"`+infoPath+`"` })
		for _, decl := range file.Decls {
			function := dir + "."
			if f, ok := decl.(*ast.FuncDecl); ok {
				function += f.Name.Name
			}
			arguments := map[ast.Expr]ast.Expr{}
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
					arguments[call.Fun] = call.Args[0]
				}
				s, ok := n.(*ast.SelectorExpr)
				if !ok || !isRead(info, s, imports || dir == "internal/redisinfo") {
					return true
				}
				r := read{at: m.files.Position(s.Pos()).String(), function: function, words: wordsOf(decl)}
				if value := info.Types[arguments[s]].Value; value != nil && value.Kind() == constant.String {
					r.field = constant.StringVal(value)
				}
				out = append(out, r)
				return true
			})
		}
	}
	return out
}

// isRead reports whether a selector is a method of Info that reads a field. If
// its type cannot be told, the name is enough where redisinfo is imported.
func isRead(info *types.Info, s *ast.SelectorExpr, imports bool) bool {
	if !slices.Contains([]string{"Has", "Str", "Int", "Float"}, s.Sel.Name) {
		return false
	}
	if found, ok := info.Selections[s]; ok {
		p := found.Obj().Pkg()
		return p != nil && p.Path() == infoPath
	}
	if x, ok := s.X.(*ast.Ident); ok {
		if _, isPackage := info.Uses[x].(*types.PkgName); isPackage {
			return false
		}
	}
	known := info.Types[s.X].Type
	return imports && (known == nil || known == types.Typ[types.Invalid])
}

// wordsOf are the literals of a declaration that could be names of fields.
func wordsOf(decl ast.Decl) []string {
	word := regexp.MustCompile("^[\"`]([a-z][a-z0-9_]*)[\"`]$")
	var out []string
	ast.Inspect(decl, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if match := word.FindStringSubmatch(l.Value); match != nil {
				out = append(out, match[1])
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}
