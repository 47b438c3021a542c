package redisinfo

import "strconv"

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
