package redisinfo

import (
	"slices"
	"strconv"
	"strings"
)

// Calls returns how often a command, named in small letters, was called since the
// server's statistics were reset, from INFO commandstats; 0 if it is not listed. One
// that was renamed counts under its old name.
func (i Info) Calls(command string) int64 {
	n, err := strconv.ParseInt(attributes(i.fields["cmdstat_"+command])["calls"], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Called returns the commands that INFO commandstats lists, in small letters and in
// order, subcommands as "container|sub".
func (i Info) Called() []string {
	var names []string
	for field := range i.fields {
		if name, is := strings.CutPrefix(field, "cmdstat_"); is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
