package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// danglingReferences reports names of things that do not exist. It is decided
// when somebody asks, so that a network can be built in any order. The caller
// holds e.mu.
func (e *EC2) danglingReferences() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("simulator: EC2: "+format, args...))
	}
	for _, t := range e.tables {
		for _, r := range t.routes {
			e.checkRoute(t, r, problem)
		}
	}
	for _, g := range e.groups {
		for _, r := range g.rules {
			if isReference(r.peer) && !e.taken[r.peer] {
				problem("security group %q: peer %q of a rule does not exist", g.id, r.peer)
			}
		}
	}
	for _, i := range e.interfaces {
		for _, id := range i.groups {
			switch g := find(e.groups, id); {
			case g == nil:
				problem("interface %q: security group %q does not exist", i.id, id)
			case g.vpc != i.subnet.vpc:
				problem("interface %q: security group %q is in %q, want one in %q", i.id, id, g.vpc.id, i.subnet.vpc.id)
			}
		}
	}
	for _, gateway := range e.gateways {
		for _, t := range gateway.tables {
			for _, r := range t.routes {
				for _, id := range r.targets {
					if a := find(e.attachments, id); a == nil || a.gateway != gateway {
						problem("route table %q: %q is not an attachment of %q", t.id, id, gateway.id)
					}
				}
			}
		}
	}
	return errors.Join(problems...)
}

// checkRoute reports what a route names and is not there. The target of a
// blackhole may be gone.
func (e *EC2) checkRoute(t *RouteTable, r vpcRoute, problem func(format string, args ...any)) {
	if strings.HasPrefix(r.destination, "pl-") && find(e.lists, r.destination) == nil {
		problem("route table %q: destination %q does not exist", t.id, r.destination)
	}
	mustExist := slices.ContainsFunc([]string{"pcx-", "tgw-", "eni-"}, func(p string) bool { return strings.HasPrefix(r.target, p) })
	if r.blackhole || !mustExist {
		return
	}
	if !e.taken[r.target] {
		problem("route table %q: target %q does not exist; Blackhole makes a route whose target is gone", t.id, r.target)
	}
	if p := find(e.peerings, r.target); p != nil && p.requester != t.vpc && p.accepter != t.vpc {
		problem("route table %q: %q does not connect %q", t.id, r.target, t.vpc.id)
	}
}
