package migrationtest_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/simulator"
)

// ask makes one call of the API, without the SDK's retries, and says how it went.
func ask(s *migrationtest.Scenario) string {
	_, err := s.Client().DescribeReplicationGroups(context.Background(), &elasticache.DescribeReplicationGroupsInput{},
		func(o *elasticache.Options) { o.RetryMaxAttempts = 1 })
	switch {
	case err == nil:
		return "fine"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	}
	return code(err)
}

// dial connects to a server, and says how it went.
func dial(s *migrationtest.Scenario, address string) string {
	conn, err := s.DialContext(context.Background(), "tcp", address)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "refused"
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint("connected ", conn.Close())
}

// What a fault does to a request, and how often.
func ExampleFault() {
	const op = "DescribeReplicationGroups"
	for _, f := range []migrationtest.Fault{
		migrationtest.Throttle(op),
		migrationtest.ServerError(op).Times(2),
		migrationtest.Refuse(migrationtest.API, op, "AccessDenied").Always(),
		migrationtest.LostRequest(migrationtest.API, op).After(1),
		migrationtest.LostReply(migrationtest.API, ""), // any operation
	} {
		tb := &exampleTB{}
		s := small(tb).Faults(f)
		fmt.Printf("%s: %s, %s, %s\n", f, ask(s), ask(s), ask(s))
		tb.end()
	}
	// Output:
	// refuse of DescribeReplicationGroups to the api with "Throttling": Throttling, fine, fine
	// refuse of DescribeReplicationGroups to the api with "InternalFailure": InternalFailure, InternalFailure, fine
	// refuse of DescribeReplicationGroups to the api with "AccessDenied": AccessDenied, AccessDenied, AccessDenied
	// lost request of DescribeReplicationGroups to the api: fine, connection reset, fine
	// lost reply of any request to the api: connection reset, fine, fine
}

// When a fault strikes: by time and by what is asked for.
func ExampleFault_Until() {
	const op = "DescribeReplicationGroups"
	always := migrationtest.Throttle(op).Always()
	for _, c := range []struct {
		when  string
		fault migrationtest.Fault
	}{
		{"in the first hour", always.Until(time.Hour)},
		{"after an hour", always.From(time.Hour)},
		{"in the second hour", always.From(time.Hour).Until(2 * time.Hour)},
		{"of one group", always.When(func(r migrationtest.Request) bool {
			return r.Parameters["ReplicationGroupId"] == "prod-cache"
		})},
	} {
		tb := &exampleTB{}
		fmt.Printf("%s: %s\n", c.when, ask(small(tb).Faults(c.fault)))
		tb.end()
	}
	// Output:
	// in the first hour: Throttling
	// after an hour: fine
	// in the second hour: fine
	// of one group: fine
}

// A source that takes no connection.
func ExampleNoConnection() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb).Faults(migrationtest.NoConnection(migrationtest.Source).Times(2))
	at := s.SourceServer().Addr()
	fmt.Println(dial(s, at), dial(s, at), dial(s, at))
	fmt.Println(dial(s, s.Group().PrimaryEndpoint().String()))
	// Output:
	// refused refused connected <nil>
	// connected <nil>
}

// A server that is loading, and one that is slow.
func ExampleRefuse() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb).Faults(
		migrationtest.Refuse(migrationtest.Source, "GET", "LOADING Redis is loading the dataset in memory"),
		migrationtest.Delay(migrationtest.Source, "PING", 20*time.Millisecond),
	)
	client := redis.NewClient(&redis.Options{
		Addr: s.SourceServer().Addr(), Dialer: s.DialContext, Protocol: 2, DisableIdentity: true, MaxRetries: -1,
	})
	defer client.Close()
	ctx := context.Background()
	fmt.Println(client.Get(ctx, "order:1").Err())
	fmt.Println(client.Get(ctx, "order:1").Err()) // it is not there
	begun := time.Now()
	fmt.Println(client.Ping(ctx).Err(), time.Since(begun) >= 20*time.Millisecond)
	s.AssertFaultsStruck()
	// Output:
	// LOADING Redis is loading the dataset in memory
	// redis: nil
	// <nil> true
}

// The promotion fails inside the service; the library backs out and tries again.
func ExampleInService() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb).Faults(migrationtest.InService(simulator.Fault{Kind: simulator.FaultPromotionFails, Count: 1}))
	opts := impatient()
	opts.CutoverRetryAfter = 10 * time.Millisecond
	result, err := s.Migrator(opts).Run(context.Background())
	s.AssertDone(result, err)
	fmt.Println(result.State, "after", result.Cutover.Attempts, "attempts")
	// Output: done after 2 attempts
}
