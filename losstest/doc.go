// Package losstest holds the test that a cut-over loses no acknowledged write, and
// the benchmark of the pause that it takes. Neither is for other programs: there is
// nothing to import.
//
// Each cut-over has servers of its own: a source, and a simulated ElastiCache whose
// node is a real redis-server that truly replicates. Writers of several kinds, on
// several client libraries and settings, log what was acknowledged by whom. When a
// cut-over is over and the writers go on against the new primary, the logs are held
// against the data of both ends.
//
// It is a module of its own because of what it takes: a second client library for
// Redis, and the TCP proxy of simulator/linkfault for delays and faults of the
// links between real servers. A program that embeds the library gets neither.
//
//	make jepsen COUNT=2000 SEED=7
//	make bench-pause
package losstest
