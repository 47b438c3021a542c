package simulator

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/memory"
)

// nodePort is the port of nodes in memory, as the service's default.
const nodePort = 6379

// clusterDomain stands between a node's name and the region in DNS names.
const clusterDomain = "abc123"

// errNodeDown says that a node in memory does not run.
var errNodeDown = errors.New("the node is down")

// memoryNode is a node that is a server in memory.
type memoryNode struct {
	world  *memory.World
	spec   memory.Spec
	server *memory.Server // nil before the first start
}

// newMemoryNode returns a node, and gives the group its names. The caller holds
// s.mu.
func (s *Sim) newMemoryNode(g *Group, index int, p parameterGroup) nodeServer {
	suffix := ".cache.amazonaws.com"
	shard := clusterDomain + ".ng." + nodeID + "." + shortRegion(s.region) + suffix
	g.primaryName = Endpoint{Address: g.spec.ID + "." + shard, Port: nodePort}
	g.readerName = Endpoint{Address: g.spec.ID + "-ro." + shard, Port: nodePort}
	spec := memory.Spec{
		Kind:    memory.Member,
		Host:    nodeName(g.spec.ID, index) + "." + clusterDomain + "." + nodeID + "." + shortRegion(s.region) + suffix,
		Port:    nodePort,
		IP:      s.nextIP(),
		Engine:  g.spec.Engine,
		Version: g.spec.EngineVersion,
		Config:  map[string]string{"maxmemory": strconv.FormatInt(g.spec.MaxMemory, 10), "repl-diskless-sync-delay": "0", "requirepass": g.spec.AuthToken},
	}
	for _, e := range engineParameters() {
		one := map[string]string{e.name: p.value(e.name)}
		if e.engine && memory.CheckConfig(spec.Engine, spec.Version, one) == nil {
			spec.Config[e.name] = one[e.name]
		}
	}
	if index == 0 {
		spec.Names = append(spec.Names, g.primaryName.String())
	}
	if index == g.shown().reader(g.spec.Replicas+1) {
		spec.Names = append(spec.Names, g.readerName.String())
	}
	return &memoryNode{world: s.world, spec: spec}
}

// nextIP returns the address that a server in memory shows to others. The
// caller holds s.mu.
func (s *Sim) nextIP() string {
	s.addresses++
	return fmt.Sprintf("10.0.%d.%d", 100+s.addresses/250, 1+s.addresses%250)
}

// shortRegion is a region as DNS names of nodes have it: "use1" for "us-east-1".
func shortRegion(region string) string {
	var b strings.Builder
	for i, part := range strings.Split(region, "-") {
		switch {
		case i == 0 || len(part) == 1:
			b.WriteString(part)
		case strings.HasPrefix(part, "north") && len(part) > len("north"):
			b.WriteString("n" + part[len("north"):][:1])
		case strings.HasPrefix(part, "south") && len(part) > len("south"):
			b.WriteString("s" + part[len("south"):][:1])
		default:
			b.WriteString(part[:min(1, len(part))])
		}
	}
	return b.String()
}

func (n *memoryNode) start(ctx context.Context) (Endpoint, error) {
	at := Endpoint{Address: n.spec.Host, Port: n.spec.Port}
	if err := ctx.Err(); err != nil {
		return at, err
	}
	if n.server != nil {
		n.server.Replace()
		return at, nil
	}
	var err error
	n.server, err = n.world.Start(n.spec)
	return at, err
}

func (n *memoryNode) close() {
	if n.server != nil {
		n.server.Stop()
	}
}

func (n *memoryNode) crash() { n.server.Stop() }

// takeName makes a name of the group lead to this node.
func (n *memoryNode) takeName(name Endpoint) { n.world.Point(name.String(), n.server) }

func (n *memoryNode) alive() bool { return n.server.Running() }

func (n *memoryNode) revive(ctx context.Context) error {
	_, err := n.start(ctx)
	return err
}

func (n *memoryNode) follow(_ context.Context, source Endpoint) error {
	if !n.alive() {
		return errNodeDown
	}
	n.server.Follow(source.Address, source.Port)
	return nil
}

func (n *memoryNode) followMember(_ context.Context, primary *node) error {
	member, ok := primary.nodeServer.(*memoryNode)
	if !ok {
		return fmt.Errorf("node %s is not in memory", primary.id)
	}
	n.server.FollowMember(member.server)
	return nil
}

func (n *memoryNode) promote(context.Context) error { return n.server.Promote() }

func (n *memoryNode) state(context.Context) (nodeState, error) {
	st, running := n.server.State()
	if !running {
		return nodeState{}, errNodeDown
	}
	out := nodeState{
		role: "slave", linkUp: st.LinkUp, syncing: st.Syncing, readBytes: st.ReadBytes, loading: st.Loading,
		loadBytes: st.LoadBytes, offset: st.Offset, connects: st.Connects, asked: st.Asked, rejected: st.Rejected,
	}
	if st.Master {
		out.role = "master"
	}
	return out, nil
}

// markLog does nothing: a server in memory counts for each link anew.
func (n *memoryNode) markLog() error { return nil }

func (n *memoryNode) pid() int { return 0 }
