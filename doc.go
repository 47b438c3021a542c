// Package cachelift moves a self-hosted Redis or Valkey into Amazon ElastiCache
// with AWS's online migration, and makes it safe: preflight checks with
// evidence and remedies, a state machine that retries and resumes, proof that
// both ends are in sync, and a cut-over that loses no acknowledged write.
//
// This package has no API. Import
//
//   - [github.com/cachelift/cachelift/migration]: the Migrator that
//     drives a migration;
//   - [github.com/cachelift/cachelift/preflight]: facts, checks and the report;
//   - [github.com/cachelift/cachelift/preflight/vpc]: the network's part of the
//     facts, read through the EC2 API;
//   - [github.com/cachelift/cachelift/progress]: states, events and the
//     Observer that a host implements;
//   - [github.com/cachelift/cachelift/verify]: compares two Redis servers key by
//     key; useful on its own;
//   - [github.com/cachelift/cachelift/simulator]: a local ElastiCache over real
//     redis-server processes, for tests and for trying things out;
//   - [github.com/cachelift/cachelift/migrationtest]: the kit for a host's own
//     tests.
//
// A migration in short:
//
//	plan := migration.NewPlan("orders-cache",
//		migration.Source{Address: "10.0.0.241", Port: 6379},
//		migration.ReplicationGroup("prod-cache"))
//	m, err := migration.New(plan, elasticache.NewFromConfig(cfg), &migration.Options{
//		Cutover:   migration.NewSourceFence(switchApplication),
//		Observers: []progress.Observer{progress.NewText(os.Stderr)},
//	})
//	if err != nil {
//		return err
//	}
//	result, err := m.Run(ctx)
//
// What can go wrong, how it shows and what to do: docs/failures.md.
//
// What it does not do: it does not copy data itself (ElastiCache replicates),
// does not migrate servers in cluster mode, does not roll back after the
// promotion, and changes nothing at AWS but the one replication group.
package cachelift
