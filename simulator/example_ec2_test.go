package simulator_test

import (
	"encoding/xml"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/cachelift/cachelift/simulator"
)

// A source in a VPC of its own, peered with the one that the default subnet group
// is in. The peering connection has not been accepted, so the route to it is a
// blackhole. With the AWS SDK, ec2.NewFromConfig(sim.Config()) is a client that
// sees this.
func ExampleSim_EC2() {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()

	net := sim.EC2()
	vpc := net.VPC("vpc-app", "10.1.0.0/16")
	private := vpc.Subnet("subnet-private", "us-east-1a", "10.1.1.0/24")
	vpc.RouteTable("rtb-private", private).Route("10.0.0.0/16", "pcx-1")
	net.DefaultVPC().MainRouteTable().Route("10.1.0.0/16", "pcx-1")
	vpc.SecurityGroup("sg-source").Ingress(simulator.TCP(6379), "sg-0c0ffee0000000001")
	net.Interface("eni-source", private, "10.1.1.7", "sg-source")
	net.Peering("pcx-1", vpc, net.DefaultVPC()).Status("pending-acceptance")
	if err := net.Err(); err != nil {
		log.Fatal(err)
	}

	// The SDK for EC2 is large; this is the same call without it.
	form := url.Values{
		"Action": {"DescribeRouteTables"}, "Version": {"2016-11-15"},
		"Filter.1.Name": {"association.subnet-id"}, "Filter.1.Value.1": {"subnet-private"},
	}
	answer := httptest.NewRecorder()
	sim.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode())))
	var out struct {
		Routes []struct {
			To    string `xml:"destinationCidrBlock"`
			State string `xml:"state"`
		} `xml:"routeTableSet>item>routeSet>item"`
	}
	if err := xml.Unmarshal(answer.Body.Bytes(), &out); err != nil {
		log.Fatal(err)
	}
	for _, r := range out.Routes {
		fmt.Println(r.To, r.State)
	}
	for _, c := range sim.Calls() {
		fmt.Println(c.Service+":"+c.Operation, c.Status)
	}
	// Output:
	// 10.1.0.0/16 active
	// 10.0.0.0/16 blackhole
	// ec2:DescribeRouteTables 200
}

// One line places a source so that the network lets a group with the default
// subnets and security group reach it; one more takes a prerequisite away.
func ExampleEC2_Place() {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	net := sim.EC2()
	net.Place("10.0.0.241")
	net.DefaultVPC().NetworkACL("acl-strict", net.DefaultSubnet("a")).AllowIngress(100, simulator.TCP(6379), "10.0.0.0/16")
	fmt.Println(net.Err())
	// Output: <nil>
}
