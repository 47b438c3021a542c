package simulator_test

import (
	"context"
	"fmt"
	"log"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// A server to migrate from, on a free port. It ends with the program.
func ExampleStartRedis() {
	ctx := context.Background()
	source, err := simulator.StartRedis(ctx, simulator.RedisOptions{Args: []string{"--databases", "4", "--repl-diskless-sync-delay", "0"}})
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: source.Addr()})
	defer client.Close()
	databases, err := client.ConfigGet(ctx, "databases").Result()
	fmt.Println(source.Endpoint().Address, databases, err)

	fmt.Println(source.Close())
	<-source.Done()
	// Output:
	// 127.0.0.1 map[databases:4] <nil>
	// <nil>
}
