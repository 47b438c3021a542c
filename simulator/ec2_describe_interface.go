package simulator

import (
	"net/netip"
	"strconv"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

func (e *EC2) describeInterfaces(q ec2wire.Request) (ec2wire.Result, error) {
	if len(q.List("NetworkInterfaceId")) > 0 && q.String("MaxResults") != "" {
		return nil, ec2wire.NewError("InvalidParameterCombination", "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults")
	}
	addresses := func(i *Interface) []string { return each(i.addresses, netip.Addr.String) }
	page, token, err := listing[*Interface]{
		ids: "NetworkInterfaceId", notFound: "InvalidNetworkInterfaceID.NotFound", what: "networkInterface ID", limits: usual(),
		by: ec2wire.Attributes[*Interface]{
			"network-interface-id":         one((*Interface).ID),
			"addresses.private-ip-address": addresses,
			"private-ip-address":           addresses,
			"vpc-id":                       one(func(i *Interface) string { return i.subnet.vpc.id }),
			"subnet-id":                    one(func(i *Interface) string { return i.subnet.id }),
			"availability-zone":            one(func(i *Interface) string { return i.subnet.zone }),
			"group-id":                     func(i *Interface) []string { return i.groups },
			"owner-id":                     owned[*Interface],
			"status":                       one((*Interface).status),
			"interface-type":               one(func(i *Interface) string { return i.kind }),
			"description":                  one(func(i *Interface) string { return i.description }),
			"requester-id":                 one(func(i *Interface) string { return i.service }),
			"requester-managed":            one(func(i *Interface) string { return strconv.FormatBool(i.service != "") }),
			"attachment.instance-id":       one(func(i *Interface) string { return i.instance }),
		},
	}.page(e, q, visible(e.interfaces, func(i *Interface) *VPC { return i.subnet.vpc }))
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeNetworkInterfacesResponse{Interfaces: ec2wire.SetOf(page, (*Interface).shape), NextToken: token}, nil
}

func (i *Interface) shape() ec2wire.NetworkInterface {
	out := ec2wire.NetworkInterface{
		NetworkInterfaceID: i.id, SubnetID: i.subnet.id, VpcID: i.subnet.vpc.id, AvailabilityZone: i.subnet.zone,
		Description: i.description, OwnerID: i.subnet.vpc.account, RequesterID: i.service, RequesterManaged: i.service != "",
		Status: i.status(), InterfaceType: i.kind, PrivateIPAddress: i.addresses[0].String(), SourceDestCheck: true,
		Groups: ec2wire.SetOf(i.groups, func(id string) ec2wire.GroupIdentifier {
			return ec2wire.GroupIdentifier{GroupID: id, GroupName: id}
		}),
		PrivateIPAddresses: ec2wire.SetOf(i.addresses, func(a netip.Addr) ec2wire.PrivateIPAddress {
			return ec2wire.PrivateIPAddress{Address: a.String(), Primary: a == i.addresses[0]}
		}),
	}
	if i.status() == "in-use" {
		out.Attachment = &ec2wire.NetworkInterfaceAttachment{
			AttachmentID: "eni-attach-" + suffix(i.id), InstanceID: i.instance, InstanceOwnerID: account, Status: "attached",
		}
		if i.service != "" {
			out.Attachment.InstanceOwnerID = i.service
		}
	}
	return out
}
