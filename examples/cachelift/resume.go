package main

import (
	"regexp"
	"strings"

	"github.com/spf13/pflag"
)

// resumeCommand is the command line of a run that goes on to the end with the
// same plan and the same settings.
func (j *job) resumeCommand() string {
	words := []string{"cachelift", "run", "--plan", quote(j.plan.path)}
	j.cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "plan", "yes", "until", "reason":
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

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
