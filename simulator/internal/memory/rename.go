package memory

import "strings"

// rename-command of a server's configuration: a command is reached by its new
// name alone, or by none. What clients call goes into the stream by that name, and
// a replica that does not know it drops it in silence.

// called returns the command that a server has under a name, whatever its version,
// nil if there is none.
func (s *Server) called(name string) *command {
	name = strings.ToLower(name)
	if s.renamed(name) {
		return nil
	}
	for old, now := range s.spec.Renamed {
		if now != "" && strings.EqualFold(now, name) {
			return s.world.commands[strings.ToLower(old)]
		}
	}
	return s.world.commands[name]
}

// renamed reports whether a command is not to be had under its own name.
func (s *Server) renamed(name string) bool {
	for old, now := range s.spec.Renamed {
		if strings.EqualFold(old, name) && !strings.EqualFold(now, name) {
			return true
		}
	}
	return false
}

// disabled reports whether a command is not to be had under any name.
func (s *Server) disabled(name string) bool {
	for old, now := range s.spec.Renamed {
		if now == "" && strings.EqualFold(old, name) {
			return true
		}
	}
	return false
}
