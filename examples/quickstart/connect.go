package main

import (
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// databases is how many logical databases hold data, from 0.
const databases = 2

// connect returns a client that sends each command once. By default go-redis
// sends a write whose reply did not come up to four times, after which nobody
// can tell how often it was executed.
func connect(addr string, db, conns int) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:                     addr,
		DB:                       db,
		Protocol:                 2,
		PoolSize:                 conns,
		MaxRetries:               -1,
		DialerRetries:            1,
		DialTimeout:              2 * time.Second,
		ReadTimeout:              10 * time.Second,
		WriteTimeout:             10 * time.Second,
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// server is one Redis with a client for each database.
type server struct {
	name string
	db   [databases]*redis.Client
}

func connectAll(name, addr string) *server {
	s := &server{name: name}
	for db := range databases {
		s.db[db] = connect(addr, db, 4)
	}
	return s
}

func (s *server) close() {
	for _, c := range s.db {
		_ = c.Close() // nothing is in flight
	}
}
