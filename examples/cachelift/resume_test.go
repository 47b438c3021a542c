package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProgramWord is not parallel, because of PATH.
func TestProgramWord(t *testing.T) {
	onPath, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "my tools")
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{onPath, elsewhere} {
		if err := os.WriteFile(filepath.Join(dir, "cachelift"), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", onPath)
	cached := "/var/cache/ab/" + strings.Repeat("ab", 32) + "-d/cachelift"
	for _, c := range []struct{ why, arg0, want string }{
		{"found on PATH by the shell", "cachelift", "cachelift"},
		{"the one on PATH, with its path", filepath.Join(onPath, "cachelift"), "cachelift"},
		{"another one than that on PATH", filepath.Join(elsewhere, "cachelift"), "'" + filepath.Join(elsewhere, "cachelift") + "'"},
		{"in the current folder", "./cachelift", "./cachelift"},
		{"another name", "/opt/lift", "/opt/lift"},
		{"go run", "/scratch/go-build123456/b001/exe/cachelift", "go run ./cachelift"},
		{"go run out of the build cache", "/var/cache/go-build/ab/abcd-d/cachelift", "go run ./cachelift"},
		{"go run out of a build cache elsewhere", cached, "go run ./cachelift"},
	} {
		if got := programWord(c.arg0); got != c.want {
			t.Errorf("%s: programWord(%q) is %s, want %s", c.why, c.arg0, got, c.want)
		}
	}
}

// TestProgramIsPrinted: the word is the begin of what is printed, and the
// plan's path is absolute, so that it can be pasted in any folder.
func TestProgramIsPrinted(t *testing.T) {
	t.Parallel()
	c, _, err := app{}.root().Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	j := &job{app: app{program: "go run ./cachelift"}, cmd: c, settings: settings{plan: planFile{path: "cachelift-g.json"}}}
	if got, want := j.resumeCommand(), "go run ./cachelift run --plan "+quote(filepath.Join(here, "cachelift-g.json"))+" --yes"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
