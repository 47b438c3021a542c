package migrationtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// describe makes one call of the API without retries.
func describe(t *testing.T, s *migrationtest.Scenario) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err := s.Client().DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{},
		func(o *elasticache.Options) { o.RetryMaxAttempts = 1 })
	return err
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestFaultsOfTheAPI(t *testing.T) {
	t.Parallel()
	const op = "DescribeReplicationGroups"
	for name, c := range map[string]struct {
		fault migrationtest.Fault
		want  func(err error, took time.Duration) bool
	}{
		"throttled":    {migrationtest.Throttle(op), func(err error, _ time.Duration) bool { return code(err) == "Throttling" }},
		"server error": {migrationtest.ServerError(op), func(err error, _ time.Duration) bool { return code(err) == "InternalFailure" }},
		"refused":      {migrationtest.Refuse(migrationtest.API, "", "AccessDenied"), func(err error, _ time.Duration) bool { return code(err) == "AccessDenied" }},
		"lost request": {migrationtest.LostRequest(migrationtest.API, op), func(err error, _ time.Duration) bool { return errors.Is(err, syscall.ECONNRESET) }},
		"lost reply":   {migrationtest.LostReply(migrationtest.API, op), func(err error, _ time.Duration) bool { return errors.Is(err, syscall.ECONNRESET) }},
		"hang": {migrationtest.Hang(migrationtest.API, op), func(err error, took time.Duration) bool {
			return errors.Is(err, context.DeadlineExceeded) && took == 2*time.Minute
		}},
		"hang after acceptance": {migrationtest.HangReply(migrationtest.API, op), func(err error, took time.Duration) bool {
			return errors.Is(err, context.DeadlineExceeded) && took == 2*time.Minute
		}},
		"delay": {migrationtest.Delay(migrationtest.API, op, time.Minute), func(err error, took time.Duration) bool {
			return err == nil && took > time.Minute && took < time.Minute+time.Second
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := migrationtest.NewScenario(t).Faults(c.fault)
				begun := time.Now()
				if err := describe(t, s); !c.want(err, time.Since(begun)) {
					t.Errorf("DescribeReplicationGroups = %v after %v", err, time.Since(begun))
				}
				begun = time.Now()
				s.AssertFaultsStruck()
				if err := describe(t, s); err != nil || time.Since(begun) > time.Second {
					t.Errorf("the next call = %v after %v, want the fault to be over", err, time.Since(begun))
				}
				s.Faults(c.fault) // while it runs
				if err := describe(t, s); err == nil && time.Since(begun) < time.Minute {
					t.Error("a fault that was added later does not strike")
				}
			})
		})
	}
}

// throughScenario is a client whose connections faults can strike.
func throughScenario(t *testing.T, s *migrationtest.Scenario, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: addr, Dialer: s.DialContext, Protocol: 2, DisableIdentity: true, MaxRetries: -1, ReadTimeout: 3 * time.Second,
		ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestFaultsOfServers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault migrationtest.Fault
		want  func(err error) bool
		value string // of the key afterwards
	}{
		"refused":      {migrationtest.Refuse(migrationtest.Source, "SET", "LOADING Redis is loading"), func(err error) bool { return strings.HasPrefix(err.Error(), "LOADING") }, "old"},
		"lost request": {migrationtest.LostRequest(migrationtest.Source, "SET"), func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }, "old"},
		"lost reply":   {migrationtest.LostReply(migrationtest.Source, "SET"), func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }, "new"},
		"hang":         {migrationtest.Hang(migrationtest.Source, "SET"), timedOut, "old"},
		"hang after":   {migrationtest.HangReply(migrationtest.Source, "SET"), timedOut, "new"},
		"slow":         {migrationtest.Delay(migrationtest.Source, "SET", 2*time.Second), func(err error) bool { return err == nil }, "new"},
		"too slow":     {migrationtest.Delay(migrationtest.Source, "SET", 5*time.Second), timedOut, "new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := migrationtest.NewScenario(t).Faults(c.fault)
				own := s.SourceClient()
				if err := own.Set(t.Context(), "key", "old", 0).Err(); err != nil {
					t.Fatalf("a fault struck the test's own client: %v", err)
				}
				client := throughScenario(t, s, s.SourceServer().Addr())
				if err := client.Set(t.Context(), "key", "new", 0).Err(); !c.want(err) {
					t.Errorf("SET = %v", err)
				}
				if got := own.Get(t.Context(), "key").Val(); got != c.value {
					t.Errorf("the key is %q, want %q", got, c.value)
				}
				if err := client.Set(t.Context(), "key", "next", 0).Err(); err != nil {
					t.Errorf("the next SET = %v", err)
				}
				s.AssertFaultsStruck()
			})
		})
	}
}

func TestFaultsWhenAndHowOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Faults(
			migrationtest.Refuse(migrationtest.Source, "GET", "ERR fault").After(1).Times(2),
			migrationtest.Refuse(migrationtest.Source, "PING", "ERR fault").From(time.Hour).Always(),
			migrationtest.Refuse(migrationtest.Source, "SET", "ERR fault").When(func(r migrationtest.Request) bool {
				return r.To == migrationtest.Source && r.Name == "SET" && r.Args[1] == "bad"
			}).Always(),
			migrationtest.NoConnection(migrationtest.Target).Times(2),
			migrationtest.Refuse(migrationtest.Source, "ECHO", "ERR fault").Until(time.Hour).Always(),
		)
		client, ctx := throughScenario(t, s, s.SourceServer().Addr()), t.Context()
		for i, want := range []bool{true, false, false, true, true} {
			if err := client.Get(ctx, "x").Err(); errors.Is(err, redis.Nil) != want {
				t.Errorf("GET %d = %v", i, err)
			}
		}
		pinged, echoed := client.Ping(ctx).Err(), client.Echo(ctx, "x").Err()
		<-time.After(time.Hour)
		if later := client.Echo(ctx, "x").Err(); echoed == nil || later != nil {
			t.Errorf("ECHO = %v, later %v", echoed, later)
		}
		if later := client.Ping(ctx).Err(); pinged != nil || later == nil {
			t.Errorf("PING = %v, later %v", pinged, later)
		}
		pipe := client.Pipeline() // refused as a whole
		good, bad := pipe.Set(ctx, "good", 1, 0), pipe.Set(ctx, "bad", 1, 0)
		if _, err := pipe.Exec(ctx); err == nil || good.Err() == nil || bad.Err() == nil {
			t.Errorf("pipeline: %v, %v", good.Err(), bad.Err())
		}
		if err := client.Set(ctx, "good", 1, 0).Err(); err != nil {
			t.Errorf("SET of another key = %v", err)
		}
		addr := s.Group().PrimaryEndpoint().String()
		for i, want := range []error{syscall.ECONNREFUSED, syscall.ECONNREFUSED, nil} {
			conn, err := s.DialContext(ctx, "tcp", addr)
			if !errors.Is(err, want) {
				t.Errorf("connection %d: %v, want %v", i, err, want)
			}
			if conn != nil {
				_ = conn.Close()
			}
		}
		s.AssertFaultsStruck()
	})
}

// Everything at once, and nothing is lost.
func TestMigrationThroughFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Faults(
			migrationtest.LostReply(migrationtest.API, "StartMigration"),
			migrationtest.ServerError("TestMigration").Times(2),
			migrationtest.LostRequest(migrationtest.Source, "CONFIG SET"),
			migrationtest.LostRequest(migrationtest.Source, "ROLE").After(20).Times(3),
			migrationtest.NoConnection(migrationtest.Target).After(1),
			migrationtest.InService(simulator.Fault{Kind: simulator.FaultPromotionFails}).Times(1),
		)
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertFaultsStruck()
		s.AssertStates(progress.StateCompleting, progress.StateInSync, progress.StateDone)
	})
}

func TestMistakesAreReportedTogether(t *testing.T) {
	t.Parallel()
	wantFailure(t, func(tb migrationtest.TB) {
		migrationtest.NewScenario(tb).
			Source(simulator.MemoryOptions{Port: 70000}).FullSync(time.Millisecond).
			Target(simulator.ReplicationGroup{NodeType: "cache.none"}).
			At(-1, nil).
			Faults(
				migrationtest.Throttle("StartMigratoin").Times(0),
				migrationtest.Delay(migrationtest.Source, "get", 0).After(-1).From(-1),
				migrationtest.Refuse("elsewhere", "GET", ""),
				migrationtest.Refuse(migrationtest.Source, "IFNO", "ERR x"),
				migrationtest.Refuse(migrationtest.Target, "CONFIG", "ERR x"),
				migrationtest.LostReply(migrationtest.Source, "CLIENT").Until(0),
				migrationtest.LostReply(migrationtest.Source, "PING").From(time.Hour).Until(time.Minute),
				migrationtest.InService(simulator.Fault{Kind: "none"}),
				migrationtest.InService(simulator.Fault{Kind: simulator.FaultPromotionFails}).Times(-1).After(-1).Until(time.Hour),
			).Plan()
	}, "Port is 70000", "FullSync: 1ms", "cache.none", "At: -1ns", "StartMigratoin", "Times is below 1",
		`"get", want upper case`, "the delay is 0s", "After is -1", "From is -1ns", `the end is "elsewhere"`, "the error is empty",
		"Fault.Kind", "cannot be used with InService", `the command is "IFNO", want one`, `"CONFIG" alone, want e.g. "CONFIG GET"`,
		`"CLIENT" alone`, "Until is 0 or less", "Until is 1m0s, want more than From, which is 1h0m0s")
}

// A figure that is wrong does not hide what else is, nor blame it, nor is anything
// started with it: outside of a bubble that would take its time.
func TestWrongFiguresHideNothing(t *testing.T) {
	t.Parallel()
	for name, describe := range map[string]func(*migrationtest.Scenario){
		"Network is":    func(s *migrationtest.Scenario) { s.Network(simulator.Network{Transfer: -1}) },
		"FullSync: -1s": func(s *migrationtest.Scenario) { s.FullSync(-time.Second) },
		"FullSync: 1ns": func(s *migrationtest.Scenario) { s.FullSync(1) },
	} {
		begun := time.Now()
		got := failure(func(tb migrationtest.TB) {
			s := migrationtest.NewScenario(tb).
				Source(simulator.MemoryOptions{Port: 70000}).
				Target(simulator.ReplicationGroup{NodeType: "cache.none"}).
				Faults(migrationtest.InService(simulator.Fault{Kind: "none"}))
			describe(s)
			s.Plan()
		})
		for _, want := range []string{name, "Port is 70000", "cache.none", "Fault.Kind"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the test failed with\n%s\nwant it to say %q", name, got, want)
			}
		}
		if strings.Contains(got, "no data") || time.Since(begun) > 10*time.Second {
			t.Errorf("%s: after %v the test failed with\n%s", name, time.Since(begun), got)
		}
	}
}

func TestTooLateToDescribe(t *testing.T) {
	t.Parallel()
	wantFailure(t, func(tb migrationtest.TB) {
		s := migrationtest.NewScenario(tb)
		s.Plan()
		s.FullSync(time.Hour)
	}, "Scenario.FullSync: the scenario has started")
	wantFailure(t, func(tb migrationtest.TB) {
		s := migrationtest.NewScenario(tb)
		s.Plan()
		s.Faults(migrationtest.Throttle("x"))
	}, `the operation is "x"`)
	wantFailure(t, func(tb migrationtest.TB) {
		migrationtest.NewScenario(tb).Migrator(&migration.Options{PollEvery: -1})
	}, "Scenario.Migrator", "PollEvery")
}

// A connection that does not speak the servers' protocol is let through.
func TestOtherBytesPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Faults(migrationtest.LostRequest(migrationtest.Source, "GET"))
		conn, err := s.DialContext(t.Context(), "tcp", s.SourceServer().Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, part := range []string{"PING\r\n", "*1\r\n$4\r", "\nPI", "NG\r\n"} {
			if _, err := io.WriteString(conn, part); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, 14)
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "+PONG\r\n+PONG\r\n" {
			t.Errorf("answers %q, %v", got, err)
		}
	})
}
