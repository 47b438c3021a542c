package verify_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// Two servers hold the same but for a field of a hash and a key.
func ExampleCompare() {
	ctx := context.Background()
	source, target, stop := exampleServers(ctx)
	defer stop()
	source.HSet(ctx, "user:1", "name", "Ann", "city", "Bern")
	source.Set(ctx, "greeting", "hello", 0)
	target.HSet(ctx, "user:1", "name", "Ann", "city", "Basel")

	report, err := verify.Compare(ctx, source, target, &verify.Options{Values: verify.ValuesShow})
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(report.Verdict)
	for _, d := range report.Differences {
		fmt.Println(d.Class, d.Type, verify.Quote(d.Key), d.Fields)
	}
	// Unordered output:
	// different
	// missing string greeting []
	// value hash user:1 [city]
}

// A sample that finds a loss of one key in a thousand with 99.9 % probability, at
// no more than 50,000 keys a second and so that a PING takes at most two
// milliseconds, and goes on where it was when it is stopped.
func ExampleOptions() {
	ctx := context.Background()
	source, target, stop := exampleServers(ctx)
	defer stop()
	gently := verify.Limits{KeysPerSecond: 50_000, Latency: 2e6}
	report, err := verify.Compare(ctx, source, target, &verify.Options{
		Mode: verify.ModeSample, Sample: verify.Sample{LossRate: 0.001, Confidence: 0.999},
		Source: gently, Target: gently,
		Checkpoint: verify.FileCheckpoint(os.TempDir() + "/example.checkpoint"),
	})
	fmt.Println(report.Verdict, err)
	// Output: equal <nil>
}

// Differences are taken one by one, and the first is enough.
func ExampleDifferences() {
	ctx := context.Background()
	source, target, stop := exampleServers(ctx)
	defer stop()
	for i := range 1000 {
		source.Set(ctx, fmt.Sprint("key:", i), "x", 0)
	}
	var report verify.Report
	for d, err := range verify.Differences(ctx, source, target, nil, &report) {
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(d.Class, d.Type)
		break
	}
	fmt.Println(report.Verdict)
	// Output:
	// missing string
	// different
}

// exampleServers starts two empty servers.
func exampleServers(ctx context.Context) (source, target *redis.Client, stop func()) {
	var clients [2]*redis.Client
	var servers [2]*simulator.Redis
	for i := range servers {
		server, err := simulator.StartRedis(ctx, simulator.RedisOptions{})
		if err != nil {
			log.Panic(err)
		}
		servers[i], clients[i] = server, redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 2})
	}
	return clients[0], clients[1], func() {
		for i := range servers {
			_ = clients[i].Close()
			_ = servers[i].Close()
		}
	}
}
