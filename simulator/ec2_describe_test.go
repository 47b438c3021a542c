package simulator_test

import "testing"

func TestEC2VPCsAndSubnets(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	vpc := ask(t, sim, "DescribeVpcs", "VpcId.1=vpc-app")
	sameSet(t, "VPC", vpc.texts("vpcSet/item/vpcId"), "vpc-app")
	sameSet(t, "first range", vpc.texts("vpcSet/item/cidrBlock"), "10.1.0.0/16")
	sameSet(t, "ranges", vpc.texts("vpcSet/item/cidrBlockAssociationSet/item/cidrBlock"), "10.1.0.0/16", "10.2.0.0/16")
	sameSet(t, "state", vpc.texts("vpcSet/item/state"), "available")
	sameSet(t, "all", ask(t, sim, "DescribeVpcs").texts("vpcSet/item/vpcId"), "vpc-app", "vpc-0c0ffee0000000001")

	subnet := ask(t, sim, "DescribeSubnets", "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-app", "Filter.2.Name=availability-zone", "Filter.2.Value.1=us-east-1a")
	for path, want := range map[string]string{
		"subnetId": "subnet-app-a", "vpcId": "vpc-app", "cidrBlock": "10.1.1.0/24", "availabilityZone": "us-east-1a",
		"availableIpAddressCount": "249", "ownerId": "123456789012", "subnetArn": "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-app-a",
	} {
		sameSet(t, path, subnet.texts("subnetSet/item/"+path), want)
	}
}

func TestEC2Interfaces(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	// A secondary address finds the interface too.
	found := ask(t, sim, "DescribeNetworkInterfaces", "Filter.1.Name=addresses.private-ip-address", "Filter.1.Value.1=10.1.1.8")
	item := "networkInterfaceSet/item/"
	for path, want := range map[string]string{
		"networkInterfaceId": "eni-source", "subnetId": "subnet-app-a", "vpcId": "vpc-app", "status": "in-use", "privateIpAddress": "10.1.1.7",
		"groupSet/item/groupId": "sg-source", "attachment/instanceId": "i-source", "requesterManaged": "false",
	} {
		sameSet(t, path, found.texts(item+path), want)
	}
	sameSet(t, "addresses", found.texts(item+"privateIpAddressesSet/item/privateIpAddress"), "10.1.1.7", "10.1.1.8")
	sameSet(t, "primary", found.texts(item+"privateIpAddressesSet/item/primary"), "true", "false")
	spare := ask(t, sim, "DescribeNetworkInterfaces", "NetworkInterfaceId.1=eni-spare")
	sameSet(t, "status", spare.texts(item+"status"), "available")
	if a := spare.at(item + "attachment"); a != nil {
		t.Errorf("attachment of a detached interface: %+v", a)
	}
	none := ask(t, sim, "DescribeNetworkInterfaces", "Filter.1.Name=private-ip-address", "Filter.1.Value.1=10.1.1.99")
	if len(none.at("networkInterfaceSet")) != 1 || none.at("networkInterfaceSet/item") != nil {
		t.Errorf("no interface: %+v, want an empty networkInterfaceSet", none)
	}
}

func TestEC2RouteTables(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	own := ask(t, sim, "DescribeRouteTables", "Filter.1.Name=association.subnet-id", "Filter.1.Value.1=subnet-app-a")
	item := "routeTableSet/item/"
	sameSet(t, "table", own.texts(item+"routeTableId"), "rtb-private")
	var routes []string
	for _, r := range own.at(item + "routeSet/item") {
		destination := r.text("destinationCidrBlock") + r.text("destinationPrefixListId") + r.text("destinationIpv6CidrBlock")
		target := "gateway " + r.text("gatewayId")
		for name, element := range map[string]string{
			"peering": "vpcPeeringConnectionId", "transit": "transitGatewayId", "nat": "natGatewayId", "interface": "networkInterfaceId",
			"instance": "instanceId", "egress-only": "egressOnlyInternetGatewayId",
		} {
			if id := r.text(element); id != "" {
				target = name + " " + id
			}
		}
		routes = append(routes, destination+" "+target+" "+r.text("state")+" "+r.text("origin"))
	}
	sameSet(t, "routes", routes,
		"10.1.0.0/16 gateway local active CreateRouteTable", "10.2.0.0/16 gateway local active CreateRouteTable",
		"10.0.0.0/16 peering pcx-1 active CreateRoute", "pl-1 transit tgw-1 active CreateRoute", "0.0.0.0/0 nat nat-1 active CreateRoute",
		"::/0 egress-only eigw-1 active CreateRoute", "192.168.1.0/24 interface eni-source active CreateRoute",
		"192.168.2.0/24 gateway vgw-1 active CreateRoute", "192.168.3.0/24 instance i-1 active CreateRoute",
		"192.168.4.0/24 peering pcx-gone blackhole CreateRoute")

	// An implicit association is not shown: the caller has to ask for the main table.
	if none := ask(t, sim, "DescribeRouteTables", "Filter.1.Name=association.subnet-id", "Filter.1.Value.1=subnet-app-b"); none.at("routeTableSet/item") != nil {
		t.Errorf("tables of a subnet without one: %+v", none)
	}
	main := ask(t, sim, "DescribeRouteTables", "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-app", "Filter.2.Name=association.main", "Filter.2.Value.1=true")
	sameSet(t, "main table", main.texts(item+"routeTableId"), "rtb-app")
	sameSet(t, "subnets of it", main.texts(item+"associationSet/item/subnetId"))
	sameSet(t, "main", main.texts(item+"associationSet/item/main"), "true")
}

// A route is a blackhole as soon as what it leads to is not there.
func TestEC2RouteStates(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	net := sim.EC2()
	vpc := net.VPC("vpc-app", "10.1.0.0/16")
	a := vpc.Subnet("subnet-a", "us-east-1a", "10.1.0.0/24")
	peering := net.Peering("pcx-1", vpc, net.DefaultVPC())
	attachment := net.TransitGateway("tgw-1").Attach("tgw-attach-1", vpc, a)
	vpc.MainRouteTable().Route("10.0.0.0/17", "pcx-1").Route("10.0.128.0/17", "tgw-1")
	states := func() string {
		out := ask(t, sim, "DescribeRouteTables", "RouteTableId.1=rtb-app")
		return out.text("routeTableSet/item/routeSet/item/state")
	}
	if got := states(); got != "active,active,active" {
		t.Errorf("states %s", got)
	}
	for _, status := range []string{"pending-acceptance", "rejected", "deleted", "expired"} {
		peering.Status(status)
		if got := states(); got != "active,blackhole,active" {
			t.Errorf("peering %s: states %s", status, got)
		}
	}
	peering.Status("active")
	attachment.State("deleting")
	if got := states(); got != "active,active,blackhole" {
		t.Errorf("attachment deleting: states %s", got)
	}
	transit := ask(t, sim, "SearchTransitGatewayRoutes", "TransitGatewayRouteTableId=tgw-rtb-1", "Filter.1.Name=state", "Filter.1.Value.1=blackhole")
	sameSet(t, "routes of the gateway", transit.texts("routeSet/item/destinationCidrBlock"), "10.1.0.0/16")
	vpc.MainRouteTable().Remove("10.0.128.0/17").Route("10.0.0.0/17", "igw-1")
	if got := states(); got != "active,active" {
		t.Errorf("one removed, one replaced: states %s", got)
	}
	if err := net.Err(); err != nil {
		t.Error(err)
	}
}

func TestEC2SecurityGroups(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	out := ask(t, sim, "DescribeSecurityGroups", "GroupId.1=sg-source")
	in := out.at("securityGroupInfo/item/ipPermissions/item")
	if len(in) != 2 {
		t.Fatalf("permissions %+v, want those for one kind of traffic together", in)
	}
	tcp := in[0]
	for path, want := range map[string]string{
		"ipProtocol": "tcp", "fromPort": "6379", "toPort": "6379", "ipRanges/item/cidrIp": "10.0.0.0/16", "prefixListIds/item/prefixListId": "pl-1",
		"ipv6Ranges/item/cidrIpv6": "fd00::/8", "groups/item/groupId": "sg-0c0ffee0000000001", "groups/item/vpcId": "vpc-0c0ffee0000000001",
		"groups/item/vpcPeeringConnectionId": "pcx-1", "groups/item/peeringStatus": "active", "groups/item/userId": "123456789012",
	} {
		sameSet(t, path, tcp.texts(path), want)
	}
	if udp := in[1]; udp.text("ipProtocol") != "udp" || udp.text("fromPort") != "53" || udp.text("toPort") != "54" || udp.text("groups/item/vpcId") != "" {
		t.Errorf("UDP from the group itself: %+v", udp)
	}
	sameSet(t, "egress", out.texts("securityGroupInfo/item/ipPermissionsEgress/item/ipRanges/item/cidrIp"), "10.0.0.0/16")

	fresh := ask(t, sim, "DescribeSecurityGroups", "GroupId.1=sg-0c0ffee0000000001")
	all := fresh.at("securityGroupInfo/item/ipPermissionsEgress/item")
	if len(all) != 1 || all[0].text("ipProtocol") != "-1" || all[0].at("fromPort") != nil || all[0].text("ipRanges/item/cidrIp") != "0.0.0.0/0" {
		t.Errorf("egress of a new group %+v, want all without ports", all)
	}

	rules := ask(t, sim, "DescribeSecurityGroupRules", "Filter.1.Name=group-id", "Filter.1.Value.1=sg-source").at("securityGroupRuleSet/item")
	var got []string
	for _, r := range rules {
		got = append(got, r.text("isEgress")+" "+r.text("ipProtocol")+" "+r.text("fromPort")+"-"+r.text("toPort")+" "+
			r.text("cidrIpv4")+r.text("cidrIpv6")+r.text("prefixListId")+r.text("referencedGroupInfo/groupId"))
	}
	sameSet(t, "rules", got, "false tcp 6379-6379 sg-0c0ffee0000000001", "false tcp 6379-6379 10.0.0.0/16", "false tcp 6379-6379 pl-1",
		"false tcp 6379-6379 fd00::/8", "false udp 53-54 sg-source", "true tcp 1024-65535 10.0.0.0/16")
}

func TestEC2NetworkACLs(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	out := ask(t, sim, "DescribeNetworkAcls", "Filter.1.Name=association.subnet-id", "Filter.1.Value.1=subnet-app-a")
	sameSet(t, "ACL", out.texts("networkAclSet/item/networkAclId"), "acl-private")
	sameSet(t, "subnets", out.texts("networkAclSet/item/associationSet/item/subnetId"), "subnet-app-a")
	var got []string
	for _, x := range out.at("networkAclSet/item/entrySet/item") {
		got = append(got, x.text("egress")+" "+x.text("ruleNumber")+" "+x.text("ruleAction")+" "+x.text("protocol")+" "+
			x.text("cidrBlock")+x.text("ipv6CidrBlock")+" "+x.text("portRange/from")+"-"+x.text("portRange/to"))
	}
	sameSet(t, "entries", got,
		"false 100 deny -1 10.0.9.0/24 -", "false 200 allow 6 10.0.0.0/16 6379-6379", "false 32767 deny -1 0.0.0.0/0 -",
		"true 100 allow 6 0.0.0.0/0 1024-65535", "true 110 deny -1 ::/0 -", "true 32767 deny -1 0.0.0.0/0 -")
	byDefault := ask(t, sim, "DescribeNetworkAcls", "Filter.1.Name=default", "Filter.1.Value.1=true", "Filter.2.Name=vpc-id", "Filter.2.Value.1=vpc-app")
	sameSet(t, "default ACL", byDefault.texts("networkAclSet/item/networkAclId"), "acl-app")
	sameSet(t, "its rules", byDefault.texts("networkAclSet/item/entrySet/item/ruleAction"), "allow", "deny", "allow", "deny")
	sameSet(t, "its subnets", byDefault.texts("networkAclSet/item/associationSet/item/subnetId"), "subnet-app-b")
}

func TestEC2Peerings(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	item := "vpcPeeringConnectionSet/item/"
	active := ask(t, sim, "DescribeVpcPeeringConnections", "Filter.1.Name=accepter-vpc-info.vpc-id", "Filter.1.Value.1=vpc-0c0ffee0000000001")
	for path, want := range map[string]string{
		"vpcPeeringConnectionId": "pcx-1", "status/code": "active", "requesterVpcInfo/vpcId": "vpc-app", "accepterVpcInfo/vpcId": "vpc-0c0ffee0000000001",
		"accepterVpcInfo/cidrBlock": "10.0.0.0/16", "accepterVpcInfo/cidrBlockSet/item/cidrBlock": "10.0.0.0/16", "requesterVpcInfo/region": "us-east-1",
	} {
		sameSet(t, path, active.texts(item+path), want)
	}
	foreign := sim.EC2().VPC("vpc-foreign", "10.5.0.0/16").Elsewhere("999999999999", "eu-west-1")
	foreign.Subnet("subnet-foreign", "eu-west-1a", "10.5.0.0/24")
	sim.EC2().Peering("pcx-2", sim.EC2().DefaultVPC(), foreign).Status("pending-acceptance")
	pending := ask(t, sim, "DescribeVpcPeeringConnections", "VpcPeeringConnectionId.1=pcx-2")
	for path, want := range map[string]string{
		"status/code": "pending-acceptance", "accepterVpcInfo/ownerId": "999999999999", "accepterVpcInfo/region": "eu-west-1", "requesterVpcInfo/cidrBlock": "10.0.0.0/16",
	} {
		sameSet(t, path, pending.texts(item+path), want)
	}
	if told := pending.at(item + "accepterVpcInfo/cidrBlock"); told != nil {
		t.Errorf("ranges of a VPC that has not accepted: %+v", told)
	}
	for _, what := range []string{"DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls"} {
		status, out := send(t, sim, "2016-11-15", what, "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-foreign")
		if status != 200 || len(out.Children) != 2 || len(out.Children[1].Children) != 0 {
			t.Errorf("%s shows what is in another account: %+v", what, out)
		}
	}
	refused(t, sim, 400, "InvalidSubnetID.NotFound", "DescribeSubnets", "SubnetId.1=subnet-foreign")
}

func TestEC2PrefixLists(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	out := ask(t, sim, "DescribeManagedPrefixLists", "Filter.1.Name=prefix-list-id", "Filter.1.Value.1=pl-1")
	sameSet(t, "state", out.texts("prefixListSet/item/state"), "create-complete")
	sameSet(t, "family", out.texts("prefixListSet/item/addressFamily"), "IPv4")
	entries := ask(t, sim, "GetManagedPrefixListEntries", "PrefixListId=pl-1")
	sameSet(t, "entries", entries.texts("entrySet/item/cidr"), "10.9.0.0/16", "10.8.0.0/16", "10.7.0.0/16")
}

func TestEC2TransitGateway(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	vpcs := ask(t, sim, "DescribeTransitGatewayVpcAttachments", "Filter.1.Name=transit-gateway-id", "Filter.1.Value.1=tgw-1", "Filter.2.Name=vpc-id", "Filter.2.Value.1=vpc-app")
	sameSet(t, "attachment", vpcs.texts("transitGatewayVpcAttachments/item/transitGatewayAttachmentId"), "tgw-attach-app")
	sameSet(t, "subnets", vpcs.texts("transitGatewayVpcAttachments/item/subnetIds/item"), "subnet-app-a", "subnet-app-b")
	sameSet(t, "state", vpcs.texts("transitGatewayVpcAttachments/item/state"), "available")
	item := "transitGatewayAttachments/item/"
	all := ask(t, sim, "DescribeTransitGatewayAttachments", "Filter.1.Name=state", "Filter.1.Value.1=available", "Filter.1.Value.2=pending")
	sameSet(t, "resources", all.texts(item+"resourceId"), "vpc-app", "vpc-0c0ffee0000000001", "vpn-1")
	sameSet(t, "tables", all.texts(item+"association/transitGatewayRouteTableId"), "tgw-rtb-1", "tgw-rtb-other", "tgw-rtb-1")
	vpn := ask(t, sim, "DescribeTransitGatewayAttachments", "TransitGatewayAttachmentIds.1=tgw-attach-office")
	sameSet(t, "type", vpn.texts(item+"resourceType"), "vpn")

	for _, test := range []struct {
		filter, value, why string
		want               []string
	}{
		{"route-search.longest-prefix-match", "10.1.1.7/32", "a static route within a propagated one", []string{"10.1.1.0/24"}},
		{"route-search.longest-prefix-match", "10.1.2.7", "an address alone", []string{"10.1.0.0/16"}},
		{"route-search.longest-prefix-match", "11.0.0.1/32", "nowhere", nil},
		{"route-search.supernet-of-match", "10.1.1.0/25", "all that encompass it", []string{"10.1.0.0/16", "10.1.1.0/24"}},
		{"route-search.subnet-of-match", "172.0.0.0/8", "all within it", []string{"172.16.0.0/12", "172.17.0.0/16"}},
		{"route-search.exact-match", "10.2.0.0/16", "the VPC's second range", []string{"10.2.0.0/16"}},
		{"state", "blackhole", "one to a pending attachment, one to none", []string{"172.16.0.0/12", "172.17.0.0/16"}},
		{"type", "propagated", "the ranges of both VPCs", []string{"10.1.0.0/16", "10.2.0.0/16", "10.0.0.0/16"}},
		{"attachment.resource-id", "vpc-app", "", []string{"10.1.0.0/16", "10.2.0.0/16"}},
	} {
		out := ask(t, sim, "SearchTransitGatewayRoutes", "TransitGatewayRouteTableId=tgw-rtb-1", "Filter.1.Name="+test.filter, "Filter.1.Value.1="+test.value)
		sameSet(t, test.filter+" "+test.value+": "+test.why, out.texts("routeSet/item/destinationCidrBlock"), test.want...)
	}
	route := ask(t, sim, "SearchTransitGatewayRoutes", "TransitGatewayRouteTableId=tgw-rtb-1", "Filter.1.Name=route-search.exact-match", "Filter.1.Value.1=10.1.1.0/24")
	for path, want := range map[string]string{
		"type": "static", "state": "active", "transitGatewayAttachments/item/transitGatewayAttachmentId": "tgw-attach-target",
		"transitGatewayAttachments/item/resourceType": "vpc", "transitGatewayAttachments/item/resourceId": "vpc-0c0ffee0000000001",
	} {
		sameSet(t, path, route.texts("routeSet/item/"+path), want)
	}
}

// What is empty is an empty element, which a client tells from one that is absent.
func TestEC2EmptyRouteTableOfGateway(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	sim.EC2().TransitGateway("tgw-1").RouteTable("tgw-rtb-empty")
	out := ask(t, sim, "SearchTransitGatewayRoutes", "TransitGatewayRouteTableId=tgw-rtb-empty", "Filter.1.Name=state", "Filter.1.Value.1=active")
	if len(out.at("routeSet")) != 1 || out.text("additionalRoutesAvailable") != "false" {
		t.Errorf("%+v", out)
	}
}
