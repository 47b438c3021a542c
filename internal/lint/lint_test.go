package lint

import (
	"os"
	"testing"
)

// root is the project's root as seen from this package's folder.
const root = "../.."

// TestTree holds every rule against the project, in all its modules.
func TestTree(t *testing.T) {
	t.Parallel()
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.GoFiles()) == 0 {
		t.Fatalf("no Go files below %s: the rules were held against nothing", root)
	}
	byRule := map[string][]Finding{}
	for _, f := range Run(tree, Rules()) {
		byRule[f.Rule] = append(byRule[f.Rule], f)
	}
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			for _, f := range byRule[r.Name] {
				t.Error(f)
			}
		})
	}
}

// TestTable asserts that the import table is sound in itself.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Rooms() {
		if seen[r.Path] {
			t.Errorf("the room %s has two rows", r.Path)
		}
		if r.Owns == "" {
			t.Errorf("the room %s does not say what it owns", r.Path)
		}
		seen[r.Path] = true
		for _, to := range r.Ours {
			if !seen[to] {
				t.Errorf("the room %s imports %s, which is not above it in the table", r.Path, to)
			}
		}
	}
}
