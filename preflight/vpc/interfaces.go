package vpc

import (
	"context"
	"errors"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// locate finds the interface of the source.
func (g *gathering) locate(ctx context.Context) {
	const list = "source_interfaces"
	if len(g.source) == 0 {
		reason := "the source's IP address is not known"
		if r := g.known.Reason("source_address"); r != "" {
			reason += ": " + r
		}
		g.miss(list, errors.New(reason))
		return
	}
	found, err := g.interfacesOf(ctx, g.source, g.opts.SourceVPC)
	keep(g, &g.net.SourceInterfaces, list, found, err)
}

// interfacesOf finds the interfaces that have one of the addresses, all of one
// family, in one VPC or, if that is empty, in all.
func (g *gathering) interfacesOf(ctx context.Context, ips []netip.Addr, vpc string) ([]preflight.Interface, error) {
	name := "addresses.private-ip-address"
	if ips[0].Is6() {
		name = "ipv6-addresses.ipv6-address"
	}
	var values []string
	for _, ip := range ips {
		values = append(values, ip.String())
	}
	filters := []types.Filter{filter(name, values...)}
	if vpc != "" {
		filters = append(filters, filter("vpc-id", vpc))
	}
	return g.describeInterfaces(ctx, filters)
}

func (g *gathering) describeInterfaces(ctx context.Context, filters []types.Filter) ([]preflight.Interface, error) {
	return pages(ctx, "DescribeNetworkInterfaces", interfaceFact, func(ctx context.Context, token *string) ([]types.NetworkInterface, *string, error) {
		out, err := g.api.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
			Filters: filters, MaxResults: aws.Int32(pageSize), NextToken: token,
			// A server may run on an instance that another service of AWS manages.
			IncludeManagedResources: aws.Bool(true),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.NetworkInterfaces, out.NextToken, nil
	})
}

func interfaceFact(i types.NetworkInterface) preflight.Interface {
	f := preflight.Interface{
		ID: aws.ToString(i.NetworkInterfaceId), VPC: aws.ToString(i.VpcId), Subnet: aws.ToString(i.SubnetId),
		IPs: []string{aws.ToString(i.PrivateIpAddress)}, Status: string(i.Status),
		Type: string(i.InterfaceType), RequesterManaged: aws.ToBool(i.RequesterManaged),
	}
	for _, a := range i.PrivateIpAddresses {
		f.IPs = append(f.IPs, aws.ToString(a.PrivateIpAddress))
	}
	for _, a := range i.Ipv6Addresses {
		f.IPs = append(f.IPs, aws.ToString(a.Ipv6Address))
	}
	f.IPs = unique(f.IPs)
	for _, group := range i.Groups {
		f.SecurityGroups = append(f.SecurityGroups, aws.ToString(group.GroupId))
	}
	if i.Attachment != nil {
		f.Instance = aws.ToString(i.Attachment.InstanceId)
	}
	return f
}
