package simulator_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

// inMemory are the options of a simulator that starts no process and answers at once.
func inMemory() simulator.Options {
	return simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()}
}

// element is an XML element as it was sent.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// at returns the elements at a path of names, for example "subnetSet/item".
func (e element) at(path string) []element {
	found := []element{e}
	for _, name := range strings.Split(path, "/") {
		var next []element
		for _, f := range found {
			for _, c := range f.Children {
				if c.XMLName.Local == name {
					next = append(next, c)
				}
			}
		}
		found = next
	}
	return found
}

// texts returns the texts of the elements at a path.
func (e element) texts(path string) []string {
	var out []string
	for _, f := range e.at(path) {
		out = append(out, f.Text)
	}
	return out
}

// text is the text at a path with one element.
func (e element) text(path string) string { return strings.Join(e.texts(path), ",") }

// send posts a call with name=value parameters, as the SDK does.
func send(t *testing.T, sim *simulator.Sim, version, action string, parameters ...string) (int, element) {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {version}}
	for _, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		form.Set(name, value)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://ec2.us-east-1.amazonaws.com/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	var root element
	if err := xml.Unmarshal(w.Body.Bytes(), &root); err != nil {
		t.Fatalf("%s answered %q: %v", action, w.Body, err)
	}
	return w.Code, root
}

// ask makes a call that has to succeed.
func ask(t *testing.T, sim *simulator.Sim, action string, parameters ...string) element {
	t.Helper()
	status, root := send(t, sim, "2016-11-15", action, parameters...)
	if status != http.StatusOK {
		t.Fatalf("%s %v: HTTP %d %s: %s", action, parameters, status, root.text("Errors/Error/Code"), root.text("Errors/Error/Message"))
	}
	if want := action + "Response"; root.XMLName.Local != want || root.XMLName.Space != "http://ec2.amazonaws.com/doc/2016-11-15/" {
		t.Errorf("root element is %v, want %s in the namespace of EC2", root.XMLName, want)
	}
	if root.text("requestId") == "" {
		t.Errorf("%s: no requestId", action)
	}
	return root
}

// refused makes a call that has to fail, and returns the message.
func refused(t *testing.T, sim *simulator.Sim, status int, code, action string, parameters ...string) string {
	t.Helper()
	got, root := send(t, sim, "2016-11-15", action, parameters...)
	if got != status || root.XMLName.Local != "Response" || root.text("Errors/Error/Code") != code || root.text("RequestID") == "" {
		t.Errorf("%s %v: HTTP %d %+v, want HTTP %d %s", action, parameters, got, root, status, code)
	}
	return root.text("Errors/Error/Message")
}

// sameSet fails unless got has exactly the members of want, in any order.
func sameSet(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// ec2Network is a simulator whose network has one of everything.
func ec2Network(t *testing.T) *simulator.Sim {
	t.Helper()
	sim := newSim(t, inMemory())
	net := sim.EC2()
	target := net.DefaultVPC()
	vpc := net.VPC("vpc-app", "10.1.0.0/16", "10.2.0.0/16")
	a := vpc.Subnet("subnet-app-a", "us-east-1a", "10.1.1.0/24")
	b := vpc.Subnet("subnet-app-b", "us-east-1b", "10.2.1.0/24")
	vpc.RouteTable("rtb-private", a).
		Route("10.0.0.0/16", "pcx-1").Route("pl-1", "tgw-1").Route("0.0.0.0/0", "nat-1").Route("::/0", "eigw-1").
		Route("192.168.1.0/24", "eni-source").Route("192.168.2.0/24", "vgw-1").Route("192.168.3.0/24", "i-1").Blackhole("192.168.4.0/24", "pcx-gone")
	vpc.MainRouteTable().Route("10.0.0.0/16", "tgw-1")
	vpc.SecurityGroup("sg-source").
		Ingress(simulator.TCP(6379), "sg-0c0ffee0000000001", "10.0.0.0/16", "pl-1", "fd00::/8").
		Ingress(simulator.Traffic{Protocol: "17", From: 53, To: 54}, "sg-source").
		RevokeEgress().Egress(simulator.TCPPorts(1024, 65535), "10.0.0.0/16")
	vpc.NetworkACL("acl-private", a).
		AllowIngress(200, simulator.TCP(6379), "10.0.0.0/16").DenyIngress(100, simulator.AllTraffic(), "10.0.9.0/24").
		AllowEgress(100, simulator.TCPPorts(1024, 65535), "0.0.0.0/0").DenyEgress(110, simulator.AllTraffic(), "::/0")
	net.Interface("eni-source", a, "10.1.1.7", "sg-source").Address("10.1.1.8")
	net.Interface("eni-spare", b, "10.2.1.7", "sg-source").Instance("")
	net.Peering("pcx-1", vpc, target)
	net.PrefixList("pl-1", "10.9.0.0/16", "10.8.0.0/16", "10.7.0.0/16")
	tgw := net.TransitGateway("tgw-1")
	tgw.Attach("tgw-attach-app", vpc, a, b)
	tgw.Attach("tgw-attach-target", target, net.DefaultSubnet("a")).Associate(tgw.RouteTable("tgw-rtb-other"))
	tgw.AttachOther("tgw-attach-office", "vpn", "vpn-1").State("pending")
	tgw.DefaultRouteTable().Route("10.1.1.0/24", "tgw-attach-target").Route("172.16.0.0/12", "tgw-attach-office").Blackhole("172.17.0.0/16")
	if err := net.Err(); err != nil {
		t.Fatal(err)
	}
	return sim
}
