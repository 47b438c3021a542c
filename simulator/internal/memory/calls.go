package memory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// count notes that a command was called and is done. Since 7.0 the subcommands of a container
// count one by one.
func (s *Server) count(cmd *command, args []string) {
	name := cmd.name
	containers := []string{"acl", "client", "cluster", "command", "config", "function", "module"}
	if len(args) > 1 && slices.Contains(containers, name) && s.version.atLeast(7, 0) {
		name += "|" + strings.ToLower(args[1])
	}
	if s.stats.calls == nil {
		s.stats.calls = map[string]int64{}
	}
	s.stats.calls[name]++
}

// infoCalls lists the commands that were called. No time passes in them.
func (s *Server) infoCalls(r *report) {
	more := ""
	if s.version.atLeast(6, 2) {
		more = ",rejected_calls=0,failed_calls=0"
	}
	for _, name := range slices.Sorted(maps.Keys(s.stats.calls)) {
		r.add("cmdstat_"+name, fmt.Sprintf("calls=%d,usec=0,usec_per_call=0.00%s", s.stats.calls[name], more))
	}
}
