package simulator_test

import (
	"context"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/simulator"
)

// eachWay runs a test with a client in the process and one over HTTP.
func eachWay(t *testing.T, sim *simulator.Sim, test func(t *testing.T, api *elasticache.Client)) {
	t.Helper()
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
			t.Errorf("serving ended with %v", err)
		}
	})
	t.Run("in process", func(t *testing.T) { test(t, newAPI(sim)) })
	t.Run("over HTTP", func(t *testing.T) {
		cfg := sim.Config()
		cfg.HTTPClient = nil
		cfg.BaseEndpoint = aws.String("http://" + l.Addr().String())
		test(t, elasticache.NewFromConfig(cfg, func(o *elasticache.Options) { o.Retryer = aws.NopRetryer{} }))
	})
}

func TestDescribeThroughSDK(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	if err := sim.CreateSubnetGroup(simulator.SubnetGroup{
		Name: "Net", VPCID: "vpc-1", Subnets: []simulator.Subnet{{ID: "subnet-1", AvailabilityZone: "us-east-1x"}, {ID: "subnet-2", AvailabilityZone: "us-east-1y"}},
	}); err != nil {
		t.Fatal(err)
	}
	g := newGroup(t, sim, simulator.ReplicationGroup{
		ID: "rg", Replicas: 2, Databases: 20, NodeType: "cache.t3.micro", SubnetGroup: "net", SecurityGroupIDs: []string{"sg-1", "sg-2"},
		AuthToken: "0123456789abcdef", TransitEncryption: simulator.TransitEncryptionPreferred,
	})
	eachWay(t, sim, func(t *testing.T, api *elasticache.Client) {
		checkGroup(t, api, g)
		checkClusters(t, api, g)
		checkGroupsOfGroups(t, api)
	})
}

func checkGroup(t *testing.T, api *elasticache.Client, g *simulator.Group) {
	t.Helper()
	out, err := api.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("RG")})
	if err != nil || len(out.ReplicationGroups) != 1 || out.Marker != nil {
		t.Fatalf("groups: %+v, %v", out, err)
	}
	rg := out.ReplicationGroups[0]
	if aws.ToString(rg.Status) != "available" || rg.MultiAZ != types.MultiAZStatusEnabled || rg.AutomaticFailover != types.AutomaticFailoverStatusEnabled ||
		rg.ClusterMode != types.ClusterModeDisabled || aws.ToBool(rg.ClusterEnabled) || !aws.ToBool(rg.AuthTokenEnabled) ||
		!aws.ToBool(rg.TransitEncryptionEnabled) || rg.TransitEncryptionMode != types.TransitEncryptionModePreferred || rg.DataTiering != types.DataTieringStatusDisabled ||
		aws.ToString(rg.ARN) != "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:rg" || rg.ReplicationGroupCreateTime == nil ||
		rg.GlobalReplicationGroupInfo == nil || aws.ToString(rg.Engine) != "redis" || rg.NetworkType != types.NetworkTypeIpv4 {
		t.Errorf("group %+v", rg)
	}
	if len(rg.MemberClusters) != 3 || rg.MemberClusters[2] != "rg-003" || len(rg.NodeGroups) != 1 {
		t.Fatalf("members %v, shards %+v", rg.MemberClusters, rg.NodeGroups)
	}
	shard, nodes := rg.NodeGroups[0], g.Nodes()
	if p := shard.PrimaryEndpoint; aws.ToString(p.Address) != "127.0.0.1" || int(aws.ToInt32(p.Port)) != g.PrimaryEndpoint().Port {
		t.Errorf("primary endpoint %+v, want %v", p, g.PrimaryEndpoint())
	}
	if p := shard.ReaderEndpoint; int(aws.ToInt32(p.Port)) != g.ReaderEndpoint().Port {
		t.Errorf("reader endpoint %+v, want %v", p, g.ReaderEndpoint())
	}
	for i, m := range shard.NodeGroupMembers {
		n := nodes[i]
		if aws.ToString(m.CacheClusterId) != n.ClusterID || aws.ToString(m.CurrentRole) != n.Role || aws.ToString(m.CacheNodeId) != "0001" ||
			int(aws.ToInt32(m.ReadEndpoint.Port)) != n.Endpoint.Port || n.PID == 0 {
			t.Errorf("member %d: %+v, want %+v", i, m, n)
		}
	}
	if az := aws.ToString(shard.NodeGroupMembers[1].PreferredAvailabilityZone); az != "us-east-1y" {
		t.Errorf("second node in zone %q, want the second subnet's", az)
	}
}

func checkClusters(t *testing.T, api *elasticache.Client, g *simulator.Group) {
	t.Helper()
	out, err := api.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{ShowCacheNodeInfo: aws.Bool(true)})
	if err != nil || len(out.CacheClusters) != 3 {
		t.Fatalf("clusters %+v, %v", out, err)
	}
	c := out.CacheClusters[1]
	if aws.ToString(c.CacheClusterId) != "rg-002" || aws.ToString(c.ReplicationGroupId) != "rg" || aws.ToString(c.EngineVersion) != "7.0.7" ||
		aws.ToString(c.CacheParameterGroup.CacheParameterGroupName) != "rg-parameters" || aws.ToString(c.CacheSubnetGroupName) != "net" ||
		len(c.SecurityGroups) != 2 || aws.ToString(c.SecurityGroups[1].SecurityGroupId) != "sg-2" || aws.ToString(c.CacheClusterStatus) != "available" {
		t.Errorf("cluster %+v", c)
	}
	if n := c.CacheNodes; len(n) != 1 || int(aws.ToInt32(n[0].Endpoint.Port)) != g.Nodes()[1].Endpoint.Port || aws.ToString(n[0].CustomerAvailabilityZone) != "us-east-1y" {
		t.Errorf("nodes %+v", n)
	}
	one, err := api.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{CacheClusterId: aws.String("RG-001")})
	if err != nil || len(one.CacheClusters) != 1 || one.CacheClusters[0].CacheNodes != nil {
		t.Errorf("one cluster without nodes: %+v, %v", one, err)
	}
	none, err := api.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{ShowCacheClustersNotInReplicationGroups: aws.Bool(true)})
	if err != nil || len(none.CacheClusters) != 0 {
		t.Errorf("clusters outside of groups: %+v, %v", none, err)
	}
}

func checkGroupsOfGroups(t *testing.T, api *elasticache.Client) {
	t.Helper()
	subnets, err := api.DescribeCacheSubnetGroups(t.Context(), &elasticache.DescribeCacheSubnetGroupsInput{CacheSubnetGroupName: aws.String("net")})
	if err != nil || len(subnets.CacheSubnetGroups) != 1 {
		t.Fatalf("subnet groups %+v, %v", subnets, err)
	}
	sg := subnets.CacheSubnetGroups[0]
	if aws.ToString(sg.VpcId) != "vpc-1" || len(sg.Subnets) != 2 || aws.ToString(sg.Subnets[1].SubnetIdentifier) != "subnet-2" ||
		aws.ToString(sg.Subnets[1].SubnetAvailabilityZone.Name) != "us-east-1y" {
		t.Errorf("subnet group %+v", sg)
	}
	values := map[string]string{}
	memory := map[string]string{}
	in := &elasticache.DescribeCacheParametersInput{CacheParameterGroupName: aws.String("rg-parameters"), MaxRecords: aws.Int32(20)}
	for p := elasticache.NewDescribeCacheParametersPaginator(api, in); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.Parameters {
			values[aws.ToString(v.ParameterName)] = aws.ToString(v.ParameterValue)
		}
		for _, v := range out.CacheNodeTypeSpecificParameters {
			for _, n := range v.CacheNodeTypeSpecificValues {
				memory[aws.ToString(v.ParameterName)+" "+aws.ToString(n.CacheNodeType)] = aws.ToString(n.Value)
			}
		}
	}
	if values["databases"] != "20" || values["maxmemory-policy"] != "volatile-lru" || values["reserved-memory-percent"] != "25" || len(values) < 30 {
		t.Errorf("parameters %v", values)
	}
	if memory["maxmemory cache.t3.micro"] != "536870912" {
		t.Errorf("maxmemory of cache.t3.micro is %q", memory["maxmemory cache.t3.micro"])
	}
	user, err := api.DescribeCacheParameters(t.Context(), &elasticache.DescribeCacheParametersInput{
		CacheParameterGroupName: aws.String("rg-parameters"), Source: aws.String("user"),
	})
	if err != nil || len(user.Parameters) != 1 || aws.ToString(user.Parameters[0].ParameterName) != "databases" {
		t.Errorf("changed parameters: %+v, %v", user, err)
	}
}

func TestPagination(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	api := newAPI(sim)
	const groups = 23
	for i := range groups {
		newGroup(t, sim, simulator.ReplicationGroup{ID: "rg-" + string(rune('a'+i)), MultiAZ: simulator.Disabled})
		if err := sim.CreateSubnetGroup(simulator.SubnetGroup{
			Name: "net-" + string(rune('a'+i)), VPCID: "vpc-1", Subnets: []simulator.Subnet{{ID: "subnet-1", AvailabilityZone: "us-east-1a"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for p := elasticache.NewDescribeReplicationGroupsPaginator(api, &elasticache.DescribeReplicationGroupsInput{MaxRecords: aws.Int32(20)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range out.ReplicationGroups {
			seen[aws.ToString(g.ReplicationGroupId)]++
		}
	}
	for p := elasticache.NewDescribeCacheClustersPaginator(api, &elasticache.DescribeCacheClustersInput{MaxRecords: aws.Int32(20)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range out.CacheClusters {
			seen[aws.ToString(c.CacheClusterId)]++
		}
	}
	for p := elasticache.NewDescribeCacheSubnetGroupsPaginator(api, &elasticache.DescribeCacheSubnetGroupsInput{MaxRecords: aws.Int32(20)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range out.CacheSubnetGroups {
			seen[aws.ToString(c.CacheSubnetGroupName)]++
		}
	}
	if len(seen) != 3*groups+1 {
		t.Errorf("%d different items on all pages, want %d", len(seen), 3*groups+1)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}
