// Package simulator is a local ElastiCache for node-based online migration: a
// control plane that any AWS client can talk to, and replication groups whose
// nodes are real redis-server processes that truly replicate, or a model of
// them in memory.
//
//	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
//	defer sim.Close()
//	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "test-cluster"})
//	client := elasticache.NewFromConfig(sim.Config())   // calls stay in the process
//	go sim.ListenAndServe(ctx, "127.0.0.1:4566")         // or: for any AWS client
//
// [StartRedis] starts a server to migrate from. [Sim.Inject] makes things go
// wrong, [Sim.Calls] tells what was called. Nodes need redis-server 7.0 or
// newer. On Linux they die with the program, however it ends.
//
// # Faults
//
// A [Fault] says what goes wrong, at which call, in which state of the group or
// phase of the migration, from which time on and how often. Calls are throttled,
// refused, reset, or never answered, before or after they have been accepted;
// descriptions are stale; events are late, missing, doubled or out of order; a
// start is stuck or its snapshot rejected; a promotion is slow or fails; the
// primary fails over to a replica, or is replaced. Each [FaultKind] says how it
// is known that the service does that. A fault inside the service needs no call:
//
//	sim.Inject(simulator.Fault{
//		Kind:  simulator.FaultFailover,
//		When:  simulator.When{Phase: simulator.PhaseSyncing},
//		Delay: 5 * time.Second,
//		Count: 1,
//	})
//
// What a fault strikes is otherwise as the rest of the simulator is. A simulator
// in which none is in force does nothing for them but count phases.
//
// The same handler serves the EC2 calls with which a client looks at the network
// of both ends, over a small model that [Sim.EC2] builds; what of it is documented
// is said there. [EC2.Place] puts a source into it such that all that the network
// requires is there.
//
// # Nodes in memory
//
// With Options.Nodes [InMemory], hours of migration take milliseconds inside a
// bubble of testing/synctest: everything waits for timers and channels alone,
// and connections are made by [Sim.DialContext], in the process. Create the Sim
// in the bubble and close it there. Two runs that do the same see the same:
// ids, offsets and request ids come from no random source.
//
//	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
//	source, err := sim.StartMemory(simulator.MemoryOptions{Keys: 1e6, Dataset: 180e9, WriteRate: 1e6})
//	client := redis.NewClient(&redis.Options{Addr: source.Addr(), Dialer: sim.DialContext})
//
// A go-redis client that is given a name instead of an address looks it up by
// the system's resolver when it is made, which a bubble does not allow; set
// EndpointType in its MaintNotificationsConfig, for example to EndpointTypeNone.
//
// The model has the phases of a full sync with their fields in INFO and ROLE on
// both sides, offsets that grow by [MemoryOptions].WriteRate, by commands and by
// PINGs, a stream that a replica applies at [Network].Apply at the most, partial
// resynchronisation from the backlog, promotion with its two histories, CLIENT
// PAUSE, min-replicas-to-write, READONLY, passwords, protected mode, formats
// that a target cannot read, and a keyspace that on a replica holds exactly what
// it has applied. [Memory.SetLink] slows the link down, limits it, cuts it or makes it
// a black hole. A test compares what it answers with redis-server 7.0, field by
// field; which fields other versions have, and whose snapshots they read, was
// measured in part and is assumed for the rest. Assumed are constant rates; that
// a snapshot is saved as fast as it is sent, where it is saved; that a node which
// is promoted while it loads comes up empty; that a refused full sync is asked
// for again once a second, where real servers try a thousand times.
//
// # What it does, and how that is known
//
// Documented means AWS's guide or service model says so; reported, that
// somebody who ran a migration recorded it; assumed, that no public source
// says and the simulator had to choose.
//
//	Wire protocol, members, element names, pagination, modelled codes and
//	their HTTP statuses                                                       documented
//	Codes for malformed requests, unknown actions and markers, cluster mode
//	and serverless members                                                    assumed
//	Signatures are not verified; unknown members are ignored                  assumed
//	MissingParameter for an absent group id, InvalidParameterValue for a
//	list of endpoints that does not hold exactly one                          assumed
//	StartMigration answers "modifying"; the start event's text                reported
//	Refused unless the group exists, is available, has no migration under way documented
//	Refused while a member is not available, with InvalidCacheClusterState    assumed
//	No other prerequisite is looked at: automatic failover, a global
//	datastore, data tiering, the network type, changes that wait              assumed
//	Refused with in-transit encryption, also in mode "preferred"              reported
//	(with InvalidParameterValue)                                              assumed
//	The primary becomes a replica; the group's replicas keep following it;
//	reads go on, writes are refused                                           documented
//	Writes are still taken until the primary has turned to the source         assumed
//	Status "migrating" once the link is up                                    assumed
//	A source that cannot be replicated is tried several times, then the
//	primary promotes itself, an event follows, the status is "available"      documented
//	How often and how long, see [Timing]; what counts as no progress          assumed
//	The event for a rejected snapshot                                         reported
//	The event for any other failed start                                      documented
//	A primary whose server exits is started again, empty, by the next attempt
//	to start a migration and by Force; a completion without Force is refused  assumed
//	TestMigration: status "modifying", a plain look at the source, an event   assumed
//	CompleteMigration out of sync: an event, the group stays "migrating"      documented
//	What counts as in sync; the event's text, see [Messages]                  assumed
//	CompleteMigration: promotion, event "Complete Migration successful for X" documented
//	The data plane is ready before the status says so                         reported
//	A completion during the replacement of a node: refused with an event, the
//	group stays "migrating"                                                   documented
//	Events of a failover and their order                                      documented
//	What becomes of the migration then, see [Aftermath]; that statuses stay   assumed
//	Force stops without a check, while "modifying" or "migrating"             documented
//	Force takes the place of a start under way, never of a completion         assumed
//	Without Force while "modifying": InvalidReplicationGroupState             assumed
//	Commands taken from users                                                 documented
//	(removed: "ERR unknown command"; subcommands, PSYNC and SYNC: "NOPERM")   assumed
//	Statuses of shards stay "available", those of cache clusters as they were assumed
//	Fields and values of the describe operations, windows, pending changes    documented
//	(a reserve of memory in bytes and in percent: the greater counts)         assumed
//	DescribeEvents: window, retention, members                                documented
//	(order newest first: the samples; source identifier without type refused) assumed
//	maxmemory of a node type, parameters and their defaults                   documented
//	(maxmemory in a node's INFO is reduced by the reserve)                    assumed
//
// # Limits
//
//   - One shard, cluster mode disabled. A group with ClusterMode on exists for
//     the describe operations; a migration to it is refused.
//   - Processes speak plain TCP on 127.0.0.1 and have no DNS names: endpoints
//     show that address with a port for each node, which differs from 6379.
//   - Servers in memory speak RESP2 without TLS, and have the commands on keys,
//     strings, hashes, lists and sets that tests need: no scripts, streams,
//     sorted sets, publishing, blocking commands, ACLs or eviction. Functions are
//     kept and replicated, not run; SCAN, KEYS and the keyspace know nothing of
//     MemoryOptions.Keys. Output buffers of replicas have no limit, repl-timeout
//     strikes on a [LinkBlackHole] alone, and INFO answers at once also while loading.
//   - close-on-replica-write is not modelled: a write to a replica is refused
//     with READONLY, but its connection stays open, where ElastiCache closes it.
//   - Of the parameters, those that redis-server knows by the same name reach
//     the nodes; activedefrag, rename-commands and the output buffer limits
//     only show in the API.
//   - The texts and the version of processes are those of the installed server,
//     and its ACL shows two users more than ElastiCache's.
//   - Nothing modifies a group but the three migration operations and the faults
//     of failover and replacement: no snapshots, maintenance, scaling or deletion. A group or
//     member that is created with another status, with changes that wait, or with
//     a window that is open, stays as it is. A replica whose server exits stays
//     away, and a primary until the next operation, unless a fault did it.
//   - After a failover of processes the primary endpoint shows another port, where
//     the service's name would lead to another address.
//   - Fields of a group are not held against each other beyond what their
//     descriptions say, so that each can be wrong alone: data tiering without an
//     R6gd node, Multi-AZ without automatic failover. Parameter groups are those of
//     an engine of version 7 with cluster mode disabled, also in older families.
//   - Serverless caches, and PrepareMigration and StopMigration with them, do
//     not exist.
package simulator
