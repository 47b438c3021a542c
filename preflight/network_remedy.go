package preflight

import (
	"fmt"
	"net/netip"
	"strings"
)

// addRoute is the command line that gives a table a route to the other end.
func (w way) addRoute(table string, to site) string {
	return fmt.Sprintf("aws ec2 create-route --route-table-id %s %s %s (Terraform: aws_route)", table, destinationFlag(to.cidr), w.connectionFlag())
}

// repairRoute is the command line that corrects the route that is taken.
func (w way) repairRoute(table string, hop fibEntry, from, to site) string {
	flag := destinationFlag(hop.route.CIDR)
	if hop.route.CIDR == "" {
		flag = "--destination-prefix-list-id " + hop.route.PrefixList
	}
	if from.vpc == to.vpc {
		return fmt.Sprintf("aws ec2 delete-route --route-table-id %s %s, so that the local route applies (Terraform: aws_route)", table, flag)
	}
	if via := w.connectionFlag(); hop.prefix.Contains(w.source) && hop.prefix.Bits() > 0 || to.cidr == w.nodes.String() && hop.prefix.Bits() > 0 {
		return fmt.Sprintf("aws ec2 replace-route --route-table-id %s %s %s (Terraform: aws_route)", table, flag, via)
	}
	return w.addRoute(table, to) // a default route is for others too
}

func destinationFlag(cidr string) string {
	if strings.Contains(cidr, ":") {
		return "--destination-ipv6-cidr-block " + cidr
	}
	return "--destination-cidr-block " + cidr
}

// connectionFlag names what routes between both VPCs should lead to.
func (e *ends) connectionFlag() string {
	if p := e.peering(); p != nil && e.sourceVPC != "" {
		if gone(p.Status) && e.sharedGateway() == "" {
			return "--vpc-peering-connection-id <a new one>"
		}
		if !gone(p.Status) {
			return "--vpc-peering-connection-id " + p.ID
		}
	}
	if g := e.sharedGateway(); g != "" && e.sourceVPC != "" {
		return "--transit-gateway-id " + g
	}
	return "--<what leads to the source's network> <its id>"
}

// gone: a peering connection in one of these states never becomes active.
func gone(status string) bool {
	switch status {
	case "rejected", "failed", "expired", "deleting", "deleted":
		return true
	}
	return false
}

// activate is what makes a peering connection active.
func (e *ends) activate(p Peering) string {
	switch {
	case p.Status == "pending-acceptance":
		region := ""
		if p.Accepter.Region != "" && p.Accepter.Region != p.Requester.Region {
			region = " --region " + p.Accepter.Region
		}
		return fmt.Sprintf("the owner of %s accepts it: aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id %s%s (Terraform: aws_vpc_peering_connection_accepter)", p.Accepter.VPC, p.ID, region)
	case gone(p.Status):
		return "it cannot be revived; create a new one and let the routes lead to it: " + e.createPeering() + " (Terraform: aws_vpc_peering_connection)"
	default:
		return "wait until it is active: aws ec2 describe-vpc-peering-connections --vpc-peering-connection-ids " + p.ID
	}
}

func transitRemedy(verb, table, cidr string, to *Attachment) string {
	id := "<the attachment of the other VPC>"
	if to != nil {
		id = to.ID
	}
	return fmt.Sprintf("aws ec2 %s-transit-gateway-route --transit-gateway-route-table-id %s --destination-cidr-block %s --transit-gateway-attachment-id %s (Terraform: aws_ec2_transit_gateway_route)", verb, table, cidr, id)
}

// authorize is the command line for a rule of a security group. A group can be
// named as the peer only within the VPC or over an active peering connection in
// the region (documented); otherwise it has to be the address range.
func (w way) authorize(direction, group, peer string, cidr netip.Prefix) string {
	by := "--cidr " + cidr.String()
	if cidr.Addr().Is6() {
		by = fmt.Sprintf("--ip-permissions IpProtocol=tcp,FromPort=%d,ToPort=%d,Ipv6Ranges=[{CidrIpv6=%s}]", w.port, w.port, cidr)
		return fmt.Sprintf("aws ec2 authorize-security-group-%s --group-id %s %s (Terraform: aws_vpc_security_group_%s_rule)", direction, group, by, direction)
	}
	if peer != "" && w.groupsReach() {
		by = "--source-group " + peer
	}
	return fmt.Sprintf("aws ec2 authorize-security-group-%s --group-id %s --protocol tcp --port %d %s (Terraform: aws_vpc_security_group_%s_rule)", direction, group, w.port, by, direction)
}
