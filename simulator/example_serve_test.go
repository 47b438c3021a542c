package simulator_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/cachelift/cachelift/simulator"
)

// Served on a port, any AWS client can use it:
//
//	aws elasticache describe-replication-groups --endpoint-url http://127.0.0.1:4566
func ExampleSim_ListenAndServe() {
	ctx, cancel := context.WithCancel(context.Background())
	sim := newFast()
	defer func() { _ = sim.Close() }()
	served := make(chan error)
	go func() { served <- sim.ListenAndServe(ctx, "127.0.0.1:0") }() // or a port of your choice
	cancel()
	fmt.Println(<-served)
	// Output: <nil>
}

// Serve takes a listener, whose port is known before.
func ExampleSim_Serve() {
	ctx, cancel := context.WithCancel(context.Background())
	sim := newFast()
	defer func() { _ = sim.Close() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- sim.Serve(ctx, l) }()

	ask := url.Values{"Action": {"DescribeReplicationGroups"}, "Version": {"2015-02-02"}}
	resp, err := http.PostForm("http://"+l.Addr().String(), ask)
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	fmt.Println(resp.Status, strings.Contains(string(body), "<ReplicationGroups>"), err)

	cancel()
	fmt.Println(<-served)
	// Output:
	// 200 OK true <nil>
	// <nil>
}

// A simulator is an http.Handler too.
func ExampleSim_ServeHTTP() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	server := httptest.NewServer(sim)
	defer server.Close()
	resp, err := http.Get(server.URL + "/?Action=DescribeReplicationGroups&Version=2015-02-02&ReplicationGroupId=none")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 404 Not Found
}

// The texts that no public source records can be others.
func ExampleDefaultMessages() {
	fmt.Println(simulator.DefaultMessages().NotInSync)
	sim, err := simulator.New(simulator.Options{Messages: simulator.Messages{NotInSync: "{id}: not yet"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sim.Close())
	// Output:
	// Complete Migration failed for {id}: data is not in sync with the source, {reason}
	// <nil>
}
