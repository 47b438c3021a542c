package preflight

import (
	"fmt"
	"strings"
)

// behind says what stands behind an interface that is not that of a server, such
// as "network_load_balancer"; "" for one of a server. An address on it is real,
// but the server is elsewhere, and nothing of the way to it is seen. Container
// tasks that AWS manages look the same and cannot be told apart.
func (i Interface) behind() string {
	switch i.Type {
	case "", "interface", "efa", "efa-only", "branch", "trunk":
		// Older endpoints and some load balancers have the type of a server's
		// interface (documented for requester-managed interfaces).
		if i.RequesterManaged && i.Instance == "" {
			return "managed by a service of AWS"
		}
		return ""
	default:
		return i.Type
	}
}

// name is the interface's id, with what stands behind it.
func (i Interface) name() string {
	if b := i.behind(); b != "" {
		return fmt.Sprintf("%s (%s)", i.ID, b)
	}
	return i.ID
}

// lookBehind says what to do about an interface that is not that of a server.
func (i Interface) lookBehind() string {
	fix := fmt.Sprintf("give the address of the server itself, or check by hand what is behind %s, with its security groups, network ACLs and routes: "+
		"aws ec2 describe-network-interfaces --network-interface-ids %s tells in Description what it belongs to", i.ID, i.ID)
	if strings.HasSuffix(i.Type, "load_balancer") {
		fix += "; for the load balancer's targets, aws elbv2 describe-target-health --target-group-arn <its target group>"
	}
	return fix
}

// hidden is what is said of the source's side, whose rules and routes are not
// those that were read, if something else than a server has its address.
func (e *ends) hidden() (a answer, yes bool) {
	if e.eni == nil || e.eni.behind() == "" {
		return answer{}, false
	}
	return answer{Unknown, "what is behind " + e.eni.name() + " is not seen from here", byAddress}, true
}

// joined is passed, as far as the source's address goes.
func (e *ends) joined(observed string) verdict {
	if a, yes := e.hidden(); yes {
		observed += "; " + a.text
	}
	return passed(observed)
}
