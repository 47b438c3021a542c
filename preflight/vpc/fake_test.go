package vpc_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/preflight/vpc"
)

var _ vpc.API = (*fake)(nil)

// fake answers from memory, honours filters, and remembers what it was asked.
type fake struct {
	interfaces  []types.NetworkInterface
	subnets     []types.Subnet
	tables      []types.RouteTable
	groups      []types.SecurityGroup
	acls        []types.NetworkAcl
	peerings    []types.VpcPeeringConnection
	lists       map[string][]string
	attachments []types.TransitGatewayAttachment
	attached    []types.TransitGatewayVpcAttachment
	routes      map[string][]types.TransitGatewayRoute

	delay   time.Duration    // of each call
	fail    map[string]error // by operation
	hang    string           // the operation that does not answer
	panics  string           // the operation that panics
	exits   string           // the operation that ends its goroutine; "*" is each
	perPage int              // 0: all

	mu    sync.Mutex
	calls []string
}

func denied(action string) error {
	return &smithy.GenericAPIError{
		Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation. " +
			"User: arn:aws:iam::123456789012:user/me is not authorized to perform: ec2:" + action +
			". Encoded authorization failure message: c2VjcmV0",
	}
}

// enter is what every call does first.
func (f *fake) enter(ctx context.Context, op string) error {
	f.mu.Lock()
	f.calls = append(f.calls, op)
	f.mu.Unlock()
	if op == f.panics {
		panic("a bug of the host")
	}
	if op == f.exits || f.exits == "*" {
		runtime.Goexit() // as a test's FailNow does
	}
	if op == f.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if f.delay > 0 {
		timer := time.NewTimer(f.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return f.fail[op]
}

// count is how often an operation was called, or all if op is empty.
func (f *fake) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if op == "" || c == op {
			n++
		}
	}
	return n
}

// list is one page of what matches all filters. fields gives the values of an
// item by the filter's name; one that it does not know is an error.
func list[T any](ctx context.Context, f *fake, op string, all []T, filters []types.Filter, token *string, size *int32, fields func(T) map[string][]string) ([]T, *string, error) {
	if err := f.enter(ctx, op); err != nil {
		return nil, nil, err
	}
	if n := aws.ToInt32(size); n < 5 || n > 1000 {
		return nil, nil, fmt.Errorf("MaxResults is %d", n)
	}
	var found []T
	for _, item := range all {
		values, matches := fields(item), true
		for _, flt := range filters {
			have, known := values[*flt.Name]
			if !known || len(flt.Values) == 0 {
				return nil, nil, fmt.Errorf("%s: filter %s=%q", op, *flt.Name, flt.Values)
			}
			matches = matches && slices.ContainsFunc(have, func(v string) bool { return slices.Contains(flt.Values, v) })
		}
		if matches {
			found = append(found, item)
		}
	}
	from, to := len(aws.ToString(token)), len(found)
	if f.perPage > 0 && from+f.perPage < to {
		return found[from : from+f.perPage], aws.String(fmt.Sprintf("%0*d", from+f.perPage, 0)), nil
	}
	return found[from:], aws.String(""), nil
}

func (f *fake) DescribeNetworkInterfaces(ctx context.Context, in *ec2.DescribeNetworkInterfacesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error) {
	got, next, err := list(ctx, f, "DescribeNetworkInterfaces", f.interfaces, in.Filters, in.NextToken, in.MaxResults, func(i types.NetworkInterface) map[string][]string {
		ips, six := []string{aws.ToString(i.PrivateIpAddress)}, []string{}
		for _, a := range i.PrivateIpAddresses {
			ips = append(ips, *a.PrivateIpAddress)
		}
		for _, a := range i.Ipv6Addresses {
			six = append(six, *a.Ipv6Address)
		}
		return map[string][]string{"addresses.private-ip-address": ips, "ipv6-addresses.ipv6-address": six, "vpc-id": {*i.VpcId}}
	})
	return &ec2.DescribeNetworkInterfacesOutput{NetworkInterfaces: got, NextToken: next}, err
}

func (f *fake) DescribeSubnets(ctx context.Context, in *ec2.DescribeSubnetsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	got, next, err := list(ctx, f, "DescribeSubnets", f.subnets, in.Filters, in.NextToken, in.MaxResults, func(s types.Subnet) map[string][]string {
		return map[string][]string{"vpc-id": {*s.VpcId}}
	})
	return &ec2.DescribeSubnetsOutput{Subnets: got, NextToken: next}, err
}

func (f *fake) DescribeRouteTables(ctx context.Context, in *ec2.DescribeRouteTablesInput, _ ...func(*ec2.Options)) (*ec2.DescribeRouteTablesOutput, error) {
	if *in.MaxResults > 100 {
		return nil, errors.New("MaxResults is too great")
	}
	got, next, err := list(ctx, f, "DescribeRouteTables", f.tables, in.Filters, in.NextToken, in.MaxResults, func(t types.RouteTable) map[string][]string {
		return map[string][]string{"vpc-id": {*t.VpcId}}
	})
	return &ec2.DescribeRouteTablesOutput{RouteTables: got, NextToken: next}, err
}

func (f *fake) DescribeSecurityGroups(ctx context.Context, in *ec2.DescribeSecurityGroupsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	got, next, err := list(ctx, f, "DescribeSecurityGroups", f.groups, in.Filters, in.NextToken, in.MaxResults, func(g types.SecurityGroup) map[string][]string {
		return map[string][]string{"group-id": {*g.GroupId}}
	})
	return &ec2.DescribeSecurityGroupsOutput{SecurityGroups: got, NextToken: next}, err
}

func (f *fake) DescribeNetworkAcls(ctx context.Context, in *ec2.DescribeNetworkAclsInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkAclsOutput, error) {
	got, next, err := list(ctx, f, "DescribeNetworkAcls", f.acls, in.Filters, in.NextToken, in.MaxResults, func(a types.NetworkAcl) map[string][]string {
		return map[string][]string{"vpc-id": {*a.VpcId}}
	})
	return &ec2.DescribeNetworkAclsOutput{NetworkAcls: got, NextToken: next}, err
}

func (f *fake) DescribeVpcPeeringConnections(ctx context.Context, in *ec2.DescribeVpcPeeringConnectionsInput, _ ...func(*ec2.Options)) (*ec2.DescribeVpcPeeringConnectionsOutput, error) {
	got, next, err := list(ctx, f, "DescribeVpcPeeringConnections", f.peerings, in.Filters, in.NextToken, in.MaxResults, func(p types.VpcPeeringConnection) map[string][]string {
		return map[string][]string{
			"requester-vpc-info.vpc-id": {*p.RequesterVpcInfo.VpcId}, "accepter-vpc-info.vpc-id": {*p.AccepterVpcInfo.VpcId},
			"vpc-peering-connection-id": {*p.VpcPeeringConnectionId},
		}
	})
	return &ec2.DescribeVpcPeeringConnectionsOutput{VpcPeeringConnections: got, NextToken: next}, err
}

func (f *fake) GetManagedPrefixListEntries(ctx context.Context, in *ec2.GetManagedPrefixListEntriesInput, _ ...func(*ec2.Options)) (*ec2.GetManagedPrefixListEntriesOutput, error) {
	cidrs, ok := f.lists[*in.PrefixListId]
	if !ok {
		return nil, errors.Join(f.enter(ctx, "GetManagedPrefixListEntries"), &smithy.GenericAPIError{Code: "InvalidPrefixListID.NotFound", Message: "no such list"})
	}
	got, next, err := list(ctx, f, "GetManagedPrefixListEntries", cidrs, nil, in.NextToken, in.MaxResults, func(string) map[string][]string { return nil })
	out := &ec2.GetManagedPrefixListEntriesOutput{NextToken: next}
	for _, c := range got {
		out.Entries = append(out.Entries, types.PrefixListEntry{Cidr: aws.String(c)})
	}
	return out, err
}

func (f *fake) DescribeTransitGatewayAttachments(ctx context.Context, in *ec2.DescribeTransitGatewayAttachmentsInput, _ ...func(*ec2.Options)) (*ec2.DescribeTransitGatewayAttachmentsOutput, error) {
	got, next, err := list(ctx, f, "DescribeTransitGatewayAttachments", f.attachments, in.Filters, in.NextToken, in.MaxResults, func(a types.TransitGatewayAttachment) map[string][]string {
		return map[string][]string{"transit-gateway-id": {*a.TransitGatewayId}, "resource-id": {*a.ResourceId}}
	})
	return &ec2.DescribeTransitGatewayAttachmentsOutput{TransitGatewayAttachments: got, NextToken: next}, err
}

func (f *fake) DescribeTransitGatewayVpcAttachments(ctx context.Context, in *ec2.DescribeTransitGatewayVpcAttachmentsInput, _ ...func(*ec2.Options)) (*ec2.DescribeTransitGatewayVpcAttachmentsOutput, error) {
	got, next, err := list(ctx, f, "DescribeTransitGatewayVpcAttachments", f.attached, in.Filters, in.NextToken, in.MaxResults, func(a types.TransitGatewayVpcAttachment) map[string][]string {
		return map[string][]string{"transit-gateway-id": {*a.TransitGatewayId}, "vpc-id": {*a.VpcId}}
	})
	return &ec2.DescribeTransitGatewayVpcAttachmentsOutput{TransitGatewayVpcAttachments: got, NextToken: next}, err
}

func (f *fake) SearchTransitGatewayRoutes(ctx context.Context, in *ec2.SearchTransitGatewayRoutesInput, _ ...func(*ec2.Options)) (*ec2.SearchTransitGatewayRoutesOutput, error) {
	got, next, err := list(ctx, f, "SearchTransitGatewayRoutes", f.routes[*in.TransitGatewayRouteTableId], in.Filters, in.NextToken, in.MaxResults, func(r types.TransitGatewayRoute) map[string][]string {
		return map[string][]string{"state": {string(r.State)}}
	})
	return &ec2.SearchTransitGatewayRoutesOutput{Routes: got, NextToken: next}, err
}
