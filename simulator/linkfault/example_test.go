package linkfault_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/simulator/linkfault"
)

// A link that is slow for one client, and not there for one that goes around it.
func ExampleProxy() {
	ctx := context.Background()
	source, err := simulator.StartRedis(ctx, simulator.RedisOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	link, err := linkfault.New(source.Addr())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = link.Close() }()
	if err := link.Latency(100*time.Millisecond, 0); err != nil {
		log.Fatal(err)
	}
	slow := redis.NewClient(&redis.Options{Addr: link.Addr()})
	quick := redis.NewClient(&redis.Options{Addr: link.Addr(), Dialer: link.Bypass(nil)})
	defer func() { _, _ = slow.Close(), quick.Close() }()
	for _, client := range []*redis.Client{slow, quick} {
		begun := time.Now()
		fmt.Println(client.Ping(ctx).Val(), time.Since(begun) >= 200*time.Millisecond)
	}
	// Output:
	// PONG true
	// PONG false
}
