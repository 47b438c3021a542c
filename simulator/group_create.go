package simulator

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// CreateReplicationGroup starts the nodes of a group and returns when all of
// them answer and the replicas follow the primary. The group is visible in the
// API from then on, with the status of spec (the service shows "creating"
// before). ctx bounds the creation alone. All problems of spec are reported at once.
func (s *Sim) CreateReplicationGroup(ctx context.Context, spec ReplicationGroup) (*Group, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	ctx, cancel := s.newContext(ctx)
	defer cancel()
	g, err := s.reserve(spec)
	if err != nil {
		return nil, err
	}
	if err := s.startNodes(ctx, g); err != nil {
		for _, n := range g.nodes {
			n.close()
		}
		s.mu.Lock()
		delete(s.groups, g.spec.ID)
		s.mu.Unlock()
		return nil, fmt.Errorf("creating replication group %s: %w", g.spec.ID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[g.spec.ID] = g
	for _, n := range g.nodes {
		s.record(sourceCluster, n.id, "Cache cluster created")
	}
	s.log.Info("replication group created", "id", g.spec.ID, "primary", g.primaryEndpoint(g.shown()).String(), "replicas", g.spec.Replicas)
	return g, nil
}

// reserve checks spec and takes its id. It returns the group with its nodes not
// yet started.
func (s *Sim) reserve(spec ReplicationGroup) (*Group, error) {
	created := now()
	spec = spec.complete(created)
	err := spec.validate()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.groups[spec.ID]; taken {
		err = errors.Join(err, fmt.Errorf("simulator: ReplicationGroup.ID %q exists", spec.ID))
	}
	subnets, ok := s.subnetGroups[spec.SubnetGroup]
	if !ok {
		err = errors.Join(err, fmt.Errorf("simulator: ReplicationGroup.SubnetGroup %q does not exist", spec.SubnetGroup))
	}
	parameters, paramErr := s.parametersFor(&spec)
	if err = errors.Join(err, paramErr); err != nil {
		return nil, err
	}
	if spec.MaxMemory == 0 {
		spec.MaxMemory = parameters.usable(nodeMemory(spec.NodeType))
	}
	g := &Group{sim: s, spec: spec, created: created, phase: PhaseIdle, views: []view{{since: created, status: spec.Status}}}
	for i := range spec.Replicas + 1 {
		n := &node{id: nodeName(spec.ID, i), zone: subnets.Subnets[i%len(subnets.Subnets)].AvailabilityZone}
		n.nodeServer = s.newServer(g, i, parameters)
		g.nodes = append(g.nodes, n)
	}
	s.groups[spec.ID] = nil
	return g, nil
}

// newServer returns what runs behind a node. The caller holds s.mu.
func (s *Sim) newServer(g *Group, index int, p parameterGroup) nodeServer {
	if s.world != nil {
		return s.newMemoryNode(g, index, p)
	}
	id := nodeName(g.spec.ID, index)
	return &processNode{id: id, secrets: s.secrets, spec: serverSpec{
		path: s.server, dir: filepath.Join(s.dir, id), config: nodeConfig(g.spec, p, s.secrets),
	}}
}

// nodeName is the cache cluster id of a node.
func nodeName(group string, index int) string { return fmt.Sprintf("%s-%03d", group, index+1) }

// nodeConfig returns the configuration that makes a server a node of the group.
func nodeConfig(spec ReplicationGroup, p parameterGroup, secret secrets) string {
	var b strings.Builder
	b.WriteString(p.config())
	fmt.Fprintf(&b, "maxmemory %d\n", spec.MaxMemory)
	// Neither the group's own replicas nor the end of a node wait for anybody.
	b.WriteString("repl-diskless-sync-delay 0\nshutdown-timeout 0\n")
	b.WriteString(secret.config(spec.AuthToken))
	return b.String()
}

// startNodes starts all servers and puts the replicas behind the primary.
// Processes start at once, servers in memory always in the same order.
func (s *Sim) startNodes(ctx context.Context, g *Group) error {
	errs := make([]error, len(g.nodes))
	var starting sync.WaitGroup
	for i, n := range g.nodes {
		starting.Go(func() { n.endpoint, errs[i] = n.start(ctx) })
		if s.world != nil {
			starting.Wait()
		}
	}
	starting.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, n := range g.nodes[1:] {
		if err := n.followMember(ctx, g.primary()); err != nil {
			return err
		}
	}
	for _, n := range g.nodes[1:] {
		if err := awaitLink(ctx, n); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes = append(s.nodes, g.nodes...)
	return nil
}

// awaitLink waits until a replica of the group follows.
func awaitLink(ctx context.Context, n *node) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		st, err := n.state(ctx)
		if err == nil && st.linkUp {
			return nil
		}
		if waitErr := sleep(ctx, 5*time.Millisecond); waitErr != nil {
			return fmt.Errorf("node %s does not follow its primary: %w", n.id, errors.Join(err, waitErr))
		}
	}
}
