package target

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/preflight"
)

// readNamed reads the subnet group and the parameter group that the members
// have named, side by side.
func (p *portrait) readNamed(ctx context.Context) {
	var (
		asking             sync.WaitGroup
		subnets            types.CacheSubnetGroup
		parameters         parameterValues
		subnetErr, paraErr = errExited, errExited
	)
	asking.Go(func() {
		subnetErr = p.readGroup(ctx, opSubnets, "subnet_group", p.facts.SubnetGroup, func(ctx context.Context, name string) (err error) {
			subnets, err = p.group.subnetGroup(ctx, name)
			return err
		})
	})
	asking.Go(func() {
		paraErr = p.readGroup(ctx, opParameters, "parameter_group", p.facts.ParameterGroup, func(ctx context.Context, name string) (err error) {
			parameters, err = p.group.parameters(ctx, name, p.facts.NodeType)
			return err
		})
	})
	asking.Wait()
	p.takeSubnets(subnets, subnetErr)
	if paraErr != nil {
		p.miss(paraErr, "databases", "parameters")
		return
	}
	p.takeParameters(parameters)
}

// readGroup reads the group of that name, unless the name itself is a gap.
func (p *portrait) readGroup(ctx context.Context, op, field, name string, read func(context.Context, string) error) error {
	if name == "" {
		return errors.New(preflight.Facts{Gaps: p.gaps}.Reason("target." + field))
	}
	return p.group.guarded(ctx, op+" "+name, func(ctx context.Context) error { return read(ctx, name) })
}

func (p *portrait) takeSubnets(sg types.CacheSubnetGroup, err error) {
	if err != nil {
		p.miss(err, "vpc", "subnets")
		return
	}
	p.facts.VPC = aws.ToString(sg.VpcId)
	for _, s := range sg.Subnets {
		subnet := preflight.TargetSubnet{ID: aws.ToString(s.SubnetIdentifier)}
		if s.SubnetAvailabilityZone != nil {
			subnet.AvailabilityZone = aws.ToString(s.SubnetAvailabilityZone.Name)
		}
		p.facts.Subnets = append(p.facts.Subnets, subnet)
	}
	silent := fmt.Errorf("%s: %s %s: the answer does not tell it", p.group, opSubnets, p.facts.SubnetGroup)
	if p.facts.VPC == "" {
		p.miss(silent, "vpc")
	}
	if len(p.facts.Subnets) == 0 {
		p.miss(silent, "subnets")
	}
}

const opSubnets = "DescribeCacheSubnetGroups"

// subnetGroup reads the subnet group of that name.
func (g *Group) subnetGroup(ctx context.Context, name string) (types.CacheSubnetGroup, error) {
	var out *elasticache.DescribeCacheSubnetGroupsOutput
	err := g.part(ctx, func(ctx context.Context) (err error) {
		out, err = g.api.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{
			CacheSubnetGroupName: aws.String(name),
		}, once)
		return err
	})
	if err != nil {
		return types.CacheSubnetGroup{}, g.failed(opSubnets+" "+name, err)
	}
	if len(out.CacheSubnetGroups) != 1 {
		return types.CacheSubnetGroup{}, fmt.Errorf("%s: %s %s: the answer has %d groups, want 1", g, opSubnets, name, len(out.CacheSubnetGroups))
	}
	return out.CacheSubnetGroups[0], nil
}

// last reports whether there are no more pages: the service leaves the marker
// out, or sends an empty one (reported).
func last(marker *string) bool { return aws.ToString(marker) == "" }
