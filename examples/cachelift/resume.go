package main

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// resumeCommand is the command line of a run that goes on to the end with the
// same plan and the same settings, from any folder.
func (j *job) resumeCommand() string { return j.commandLine("run") }

// commandLine is a command with the settings of this one, but for those that are to
// be left out.
func (j *job) commandLine(command string, without ...string) string {
	words := []string{cmp.Or(j.program, "cachelift"), command, "--plan", quote(absolute(j.plan.path))}
	without = append(without, "plan", "yes", "until", "reason")
	j.cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(without, f.Name) {
			return
		}
		if f.Name == "evidence" {
			words = append(words, "--evidence", quote(absolute(f.Value.String())))
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			words = append(words, "--"+f.Name, quote(v))
		}
	})
	return strings.Join(append(words, "--yes"), " ")
}

// builtByGoRun matches the folders where "go run" keeps its programs: one that
// it removes at the end, or one of the build cache.
var builtByGoRun = regexp.MustCompile(`[/\\](go-build[^/\\]*|[0-9a-f]{64}-d)[/\\]`)

// programWord is how a shell starts the program again that was started as
// arg0, the first of [os.Args].
func programWord(arg0 string) string {
	name := filepath.Base(arg0)
	switch found, err := exec.LookPath(name); {
	case builtByGoRun.MatchString(arg0):
		return "go run ./cachelift"
	case err == nil && sameFile(found, arg0):
		return quote(name)
	}
	return quote(arg0)
}

func sameFile(a, b string) bool {
	x, xErr := os.Stat(a)
	y, yErr := os.Stat(b)
	return xErr == nil && yErr == nil && os.SameFile(x, y)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
