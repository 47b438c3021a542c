package preflight

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func judgeSourceRole(f Facts) Finding {
	return onSource("role master, or a replica below a chain of links that are all up", func(n Node) verdict {
		switch n.Role {
		case "master":
			return passed("role master")
		case "slave":
			return judgeChain(f, n)
		default:
			return unknown("role "+strconv.Quote(n.Role), showSource)
		}
	}, "role")(f)
}

// judgeChain walks from the source up to the primary. One link that is down is
// enough to fail; what could not be seen matters only if none is.
func judgeChain(f Facts, source Node) verdict {
	var down, unseen []string
	last, link, links := source, source, 0
	for i, n := range append([]Node{source}, f.Upstream...) {
		last, links = n, i
		if n.Role == "master" {
			break
		}
		name := cmp.Or(n.Address, fmt.Sprintf("number %d of the chain", i+1))
		switch n.UpstreamLink {
		case "up":
		case "down":
			down, link = append(down, name), n
		default:
			unseen = append(unseen, name)
		}
	}
	remedy := "restore the replication of " + cmp.Or(link.Address, "the source") + " (look at its log and at master_link_status of INFO replication), or give the address of the primary, " + f.primaryOf(source) + ", as the source"
	switch {
	case len(down) > 0:
		return failed(fmt.Sprintf("replica; the link to its own primary is down at %s: a target below it would show its link up and get no new data", strings.Join(down, ", ")), remedy)
	case len(unseen) > 0 || f.absent("source.upstream_link") != "":
		return unknown("replica; the link to its own primary "+f.why("source.upstream_link", "upstream")+", at "+cmp.Or(strings.Join(unseen, ", "), "the source"), showSource)
	case last.Role != "master" || f.absent("upstream") != "":
		return unknown(fmt.Sprintf("replica of %s, link up; the chain above %s was %s", cmp.Or(source.UpstreamAddress, "a primary"), cmp.Or(last.Address, "it"), f.why("upstream")),
			"let the library reach each primary above the source and run INFO there, or give the address of the primary as the source")
	default:
		return passed(fmt.Sprintf("replica; links that are up: %d, to the primary %s", links, cmp.Or(last.Address, "at the end of the chain")))
	}
}

// primaryOf returns the address of the primary at the end of the chain as far
// as it was followed.
func (f Facts) primaryOf(source Node) string {
	address := source.UpstreamAddress
	for _, n := range f.Upstream {
		address = cmp.Or(n.Address, address)
		if n.Role == "master" {
			break
		}
		address = cmp.Or(n.UpstreamAddress, address)
	}
	return cmp.Or(address, "<address of the primary>")
}

// renamed tells whether the source does not know a command by its name.
func (f Facts) renamed(command string) bool {
	return f.Source != nil && f.Source.Commands != nil && slices.Contains(f.Source.Commands.Missing, command)
}
