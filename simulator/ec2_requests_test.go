package simulator_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

func TestEC2Refusals(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	for _, test := range []struct {
		why, code, action string
		parameters        []string
	}{
		{"no such id", "InvalidVpcID.NotFound", "DescribeVpcs", []string{"VpcId.1=vpc-x"}},
		{"one of two", "InvalidSubnetID.NotFound", "DescribeSubnets", []string{"SubnetId.1=subnet-app-a", "SubnetId.2=subnet-x"}},
		{"no such id", "InvalidRouteTableID.NotFound", "DescribeRouteTables", []string{"RouteTableId.1=rtb-x"}},
		{"no such id", "InvalidGroup.NotFound", "DescribeSecurityGroups", []string{"GroupId.1=sg-x"}},
		{"no such id", "InvalidSecurityGroupRuleId.NotFound", "DescribeSecurityGroupRules", []string{"SecurityGroupRuleId.1=sgr-x"}},
		{"no such id", "InvalidNetworkAclID.NotFound", "DescribeNetworkAcls", []string{"NetworkAclId.1=acl-x"}},
		{"no such id", "InvalidNetworkInterfaceID.NotFound", "DescribeNetworkInterfaces", []string{"NetworkInterfaceId.1=eni-x"}},
		{"no such id", "InvalidVpcPeeringConnectionID.NotFound", "DescribeVpcPeeringConnections", []string{"VpcPeeringConnectionId.1=pcx-x"}},
		{"no such id", "InvalidPrefixListID.NotFound", "DescribeManagedPrefixLists", []string{"PrefixListId.1=pl-x"}},
		{"no such id", "InvalidPrefixListID.NotFound", "GetManagedPrefixListEntries", []string{"PrefixListId=pl-x"}},
		{"no id", "MissingParameter", "GetManagedPrefixListEntries", nil},
		{"no such id", "InvalidTransitGatewayAttachmentID.NotFound", "DescribeTransitGatewayVpcAttachments", []string{"TransitGatewayAttachmentIds.1=tgw-attach-x"}},
		{"a VPN is not a VPC", "InvalidTransitGatewayAttachmentID.NotFound", "DescribeTransitGatewayVpcAttachments", []string{"TransitGatewayAttachmentIds.1=tgw-attach-office"}},
		{"no such id", "InvalidRouteTableID.NotFound", "SearchTransitGatewayRoutes", []string{"TransitGatewayRouteTableId=tgw-rtb-x", "Filter.1.Name=state", "Filter.1.Value.1=active"}},
		{"no filter", "MissingParameter", "SearchTransitGatewayRoutes", []string{"TransitGatewayRouteTableId=tgw-rtb-1"}},
		{"not a CIDR", "InvalidParameterValue", "SearchTransitGatewayRoutes", []string{"TransitGatewayRouteTableId=tgw-rtb-1", "Filter.1.Name=route-search.exact-match", "Filter.1.Value.1=x"}},
		{"no such filter", "InvalidParameterValue", "DescribeSubnets", []string{"Filter.1.Name=group-id", "Filter.1.Value.1=x"}},
		{"no values", "InvalidParameterValue", "DescribeSubnets", []string{"Filter.1.Name=vpc-id"}},
		{"page too small", "InvalidParameterValue", "DescribeSubnets", []string{"MaxResults=4"}},
		{"page too large", "InvalidParameterValue", "DescribeRouteTables", []string{"MaxResults=101"}},
		{"not a number", "InvalidParameterValue", "DescribeSubnets", []string{"MaxResults=x"}},
		{"ids and pages", "InvalidParameterCombination", "DescribeNetworkInterfaces", []string{"NetworkInterfaceId.1=eni-source", "MaxResults=5"}},
		{"token never given", "InvalidPaginationToken", "DescribeSubnets", []string{"NextToken=abc"}},
		{"not served", "InvalidAction", "DescribeInstances", nil},
		{"an operation of the other service", "InvalidAction", "DescribeReplicationGroups", nil},
	} {
		if message := refused(t, sim, 400, test.code, test.action, test.parameters...); message == "" {
			t.Errorf("%s (%s): no message", test.action, test.why)
		}
	}
	refused(t, sim, 412, "DryRunOperation", "DescribeSubnets", "DryRun=true")
	if message := refused(t, sim, 400, "InvalidParameterValue", "DescribeSubnets", "Filter.1.Name=nope", "Filter.1.Value.1=x"); !strings.Contains(message, "nope") {
		t.Errorf("message %q does not name the filter", message)
	}
}

func TestEC2Filters(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	for _, test := range []struct {
		why        string
		parameters []string
		want       []string
	}{
		{"values are alternatives", []string{"Filter.1.Name=cidr-block", "Filter.1.Value.1=10.1.1.0/24", "Filter.1.Value.2=10.2.1.0/24"}, []string{"subnet-app-a", "subnet-app-b"}},
		{"filters have to match together", []string{"Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-app", "Filter.2.Name=availabilityZone", "Filter.2.Value.1=us-east-1b"}, []string{"subnet-app-b"}},
		{"a filter narrows a list of ids", []string{"SubnetId.1=subnet-app-a", "SubnetId.2=subnet-app-b", "Filter.1.Name=availability-zone", "Filter.1.Value.1=us-east-1a"}, []string{"subnet-app-a"}},
		{"wildcards", []string{"Filter.1.Name=subnet-id", "Filter.1.Value.1=subnet-app-?"}, []string{"subnet-app-a", "subnet-app-b"}},
		{"nothing has tags", []string{"Filter.1.Name=tag:Name", "Filter.1.Value.1=*"}, nil},
		{"numbers may begin anywhere", []string{"Filter.7.Name=subnet-id", "Filter.7.Value.3=subnet-app-a"}, []string{"subnet-app-a"}},
	} {
		out := ask(t, sim, "DescribeSubnets", test.parameters...)
		sameSet(t, test.why, out.texts("subnetSet/item/subnetId"), test.want...)
	}
	groups := ask(t, sim, "DescribeSecurityGroups", "Filter.1.Name=ip-permission.group-id", "Filter.1.Value.1=sg-0c0ffee0000000001")
	sameSet(t, "groups that name the default one", groups.texts("securityGroupInfo/item/groupId"), "sg-0c0ffee0000000001", "sg-source")
	tables := ask(t, sim, "DescribeRouteTables", "Filter.1.Name=route.transit-gateway-id", "Filter.1.Value.1=tgw-1")
	sameSet(t, "tables with a route to the gateway", tables.texts("routeTableSet/item/routeTableId"), "rtb-private", "rtb-app")
}

func TestEC2Pages(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	vpc := sim.EC2().VPC("vpc-wide", "10.20.0.0/16")
	var want []string
	for _, letter := range "abcdefghijkl" {
		s := vpc.Subnet("subnet-wide-"+string(letter), "us-east-1a", "10.20."+map[bool]string{true: "1", false: ""}[letter > 'e']+string('0'+(letter-'a')%10)+".0/24")
		want = append(want, s.ID())
	}
	if err := sim.EC2().Err(); err != nil {
		t.Fatal(err)
	}
	collect := func(parameters ...string) (pages int, ids []string) {
		token := ""
		for {
			call := append([]string{"Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-wide"}, parameters...)
			if token != "" {
				call = append(call, "NextToken="+token)
			}
			out := ask(t, sim, "DescribeSubnets", call...)
			ids = append(ids, out.texts("subnetSet/item/subnetId")...)
			pages++
			if token = out.text("nextToken"); token == "" {
				return pages, ids
			}
		}
	}
	for _, test := range []struct {
		why        string
		cap, pages int
		parameters []string
	}{
		{"all of them without pages", 0, 1, nil},
		{"five by five", 0, 3, []string{"MaxResults=5"}},
		{"exactly as many as there are", 0, 1, []string{"MaxResults=12"}},
		{"fewer than were asked for", 2, 6, []string{"MaxResults=5"}},
		{"pages that nobody asked for", 7, 2, nil},
	} {
		sim.EC2().PageSize(test.cap)
		pages, ids := collect(test.parameters...)
		if pages != test.pages || !slices.Equal(ids, want) {
			t.Errorf("%s: %d pages of %q, want %d pages", test.why, pages, ids, test.pages)
		}
	}
	// A token is good for the operation that gave it.
	sim.EC2().PageSize(1)
	token := ask(t, sim, "DescribeSubnets").text("nextToken")
	refused(t, sim, 400, "InvalidPaginationToken", "DescribeVpcs", "NextToken="+token)
}

func TestEC2Faults(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	inject := func(f simulator.Fault) {
		t.Helper()
		if _, err := sim.Inject(f); err != nil {
			t.Fatal(err)
		}
	}
	inject(simulator.Fault{Kind: simulator.FaultRefuse, Code: "UnauthorizedOperation", Operation: "DescribeNetworkAcls", Message: "You are not authorized to perform this operation."})
	if m := refused(t, sim, 403, "UnauthorizedOperation", "DescribeNetworkAcls"); m != "You are not authorized to perform this operation." {
		t.Errorf("message %q", m)
	}
	ask(t, sim, "DescribeSubnets") // the others go on
	inject(simulator.Fault{Kind: simulator.FaultThrottle, Operation: "DescribeVpcs", Count: 1})
	refused(t, sim, 503, "RequestLimitExceeded", "DescribeVpcs")
	ask(t, sim, "DescribeVpcs")
	inject(simulator.Fault{Kind: simulator.FaultServerError, Operation: "DescribeVpcs", Count: 1})
	refused(t, sim, 500, "InternalFailure", "DescribeVpcs")
	if _, err := sim.Inject(simulator.Fault{Kind: simulator.FaultThrottle, Operation: "DescribeInstances"}); err == nil {
		t.Error("a fault of an operation that is not served was accepted")
	}

	inject(simulator.Fault{Kind: simulator.FaultLostReply, Operation: "CreateNetworkInsightsPath", Count: 1})
	sim.EC2().Place("10.0.0.241")
	lost := func() (broken any) {
		defer func() { broken = recover() }()
		send(t, sim, "2016-11-15", "CreateNetworkInsightsPath", "Source=eni-source", "Destination=eni-source", "Protocol=tcp", "ClientToken=1")
		return nil
	}()
	if lost != http.ErrAbortHandler || len(sim.EC2().InsightsPaths()) != 1 {
		t.Errorf("a lost reply: %v and paths %+v, want a broken connection and a path", lost, sim.EC2().InsightsPaths())
	}

	calls := sim.Calls()
	var seen []string
	for _, c := range calls {
		seen = append(seen, c.Service+":"+c.Operation+" "+c.Code+" "+string(c.Fault))
	}
	want := []string{
		"ec2:DescribeNetworkAcls UnauthorizedOperation refuse", "ec2:DescribeSubnets  ", "ec2:DescribeVpcs RequestLimitExceeded throttle",
		"ec2:DescribeVpcs  ", "ec2:DescribeVpcs InternalFailure server_error", "ec2:CreateNetworkInsightsPath  lost_reply",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("calls %q, want %q", seen, want)
	}
	if c := calls[len(calls)-1]; c.Parameters["Source"] != "eni-source" || !c.Accepted || c.Parameters["Version"] != "" {
		t.Errorf("last call %+v", c)
	}
}

// One handler serves both services, and each answers in its own form.
func TestEC2BesideElastiCache(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	if status, root := send(t, sim, "2015-02-02", "DescribeReplicationGroups"); status == 200 || root.text("Errors/Error/Code") != "NoSuchVersion" {
		t.Errorf("ElastiCache's version at EC2's host: HTTP %d %+v", status, root)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for _, test := range []struct {
		version, action string
		status          int
		service         string
	}{
		{"2016-11-15", "DescribeVpcs", 200, "ec2"},
		{"2015-02-02", "DescribeReplicationGroups", 200, "elasticache"},
		{"2016-11-15", "DescribeReplicationGroups", 400, "ec2"},
		{"2015-02-02", "DescribeVpcs", 400, "elasticache"},
	} {
		values := url.Values{"Action": {test.action}, "Version": {test.version}}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			request, err := http.NewRequestWithContext(t.Context(), method, "http://"+l.Addr().String()+"/", strings.NewReader(values.Encode()))
			if err == nil && method == http.MethodGet {
				request, err = http.NewRequestWithContext(t.Context(), method, "http://"+l.Addr().String()+"/?"+values.Encode(), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			calls := sim.Calls()
			if last := calls[len(calls)-1]; resp.StatusCode != test.status || last.Service != test.service || last.Operation != test.action {
				t.Errorf("%s %s %s: HTTP %d, recorded %+v", method, test.version, test.action, resp.StatusCode, last)
			}
		}
	}
}

func TestEC2AfterClose(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	if err := sim.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, sim, 503, "ServiceUnavailable", "DescribeVpcs")
}
