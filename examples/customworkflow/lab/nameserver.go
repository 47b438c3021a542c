package lab

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// NameServer is an authoritative name server for one zone, on a loopback port,
// UDP and TCP. It takes dynamic updates (RFC 2136) that are signed with its key.
type NameServer struct {
	// Addr is "host:port".
	Addr string
	// Zone is the zone it has.
	Zone string
	// Key is the name of the TSIG key that updates are signed with.
	Key string
	// Secret is that key in base 64, a new one for each server.
	Secret string

	servers [2]*dns.Server
	ended   chan error

	mu      sync.Mutex
	records map[question][]dns.RR
	updates int
}

// question is what a set of records answers.
type question struct {
	name string
	kind uint16
}

func questionOf(h *dns.RR_Header) question { return question{strings.ToLower(h.Name), h.Rrtype} }

// StartNameServer starts a server with an empty zone.
func StartNameServer(zone string) (*NameServer, error) {
	tcp, udp, err := listenBoth()
	if err != nil {
		return nil, fmt.Errorf("name server: %w", err)
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	n := &NameServer{
		Addr: tcp.Addr().String(), Zone: dns.Fqdn(zone), Key: "deploy.", Secret: base64.StdEncoding.EncodeToString(secret),
		ended: make(chan error, 2), records: map[question][]dns.RR{},
	}
	n.servers = [2]*dns.Server{{Listener: tcp}, {PacketConn: udp}}
	started := make(chan struct{}, 2)
	for _, s := range n.servers {
		s.Handler = dns.HandlerFunc(n.serve)
		s.TsigSecret = map[string]string{n.Key: n.Secret}
		s.MsgAcceptFunc = func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept } // updates too
		s.NotifyStartedFunc = func() { started <- struct{}{} }
		go func() { n.ended <- s.ActivateAndServe() }()
	}
	for range n.servers {
		select {
		case <-started:
		case err := <-n.ended:
			return nil, fmt.Errorf("name server: %w", errors.Join(err, tcp.Close(), udp.Close()))
		}
	}
	return n, nil
}

// listenBoth takes one port for TCP and UDP; one that is free for the first may
// be in use for the second.
func listenBoth() (net.Listener, net.PacketConn, error) {
	var failed error
	for range 10 {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp, nil
		}
		failed = errors.Join(err, tcp.Close())
	}
	return nil, nil, failed
}

// Close ends the server and frees its port.
func (n *NameServer) Close() error {
	var err error
	for _, s := range n.servers {
		err = errors.Join(err, s.Shutdown())
	}
	for range n.servers {
		err = errors.Join(err, <-n.ended)
	}
	return err
}

// Updates counts the updates that were made.
func (n *NameServer) Updates() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.updates
}

func (n *NameServer) serve(w dns.ResponseWriter, q *dns.Msg) {
	reply := new(dns.Msg).SetReply(q)
	reply.Authoritative = true
	switch {
	case len(q.Question) != 1:
		reply.Rcode = dns.RcodeFormatError
	case !dns.IsSubDomain(n.Zone, q.Question[0].Name):
		reply.Rcode = dns.RcodeRefused
	case q.Opcode == dns.OpcodeQuery:
		n.answer(q.Question[0], reply)
	case q.Opcode != dns.OpcodeUpdate:
		reply.Rcode = dns.RcodeNotImplemented
	case q.IsTsig() == nil || w.TsigStatus() != nil:
		reply.Rcode = dns.RcodeRefused
	default:
		n.update(q.Ns)
		t := q.IsTsig()
		reply.SetTsig(t.Hdr.Name, t.Algorithm, t.Fudge, int64(t.TimeSigned))
	}
	_ = w.WriteMsg(reply) // the client asks again
}

func (n *NameServer) answer(q dns.Question, reply *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	reply.Answer = append(reply.Answer, n.records[question{strings.ToLower(q.Name), q.Qtype}]...)
	if len(reply.Answer) > 0 {
		return
	}
	for other := range n.records {
		if other.name == strings.ToLower(q.Name) {
			return // the name has records of another type
		}
	}
	reply.Rcode = dns.RcodeNameError
}

// update does what is needed of RFC 2136: to remove sets of records and to add
// records.
func (n *NameServer) update(changes []dns.RR) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.updates++
	for _, rr := range changes {
		h := rr.Header()
		if h.Class == dns.ClassANY {
			delete(n.records, questionOf(h))
			continue
		}
		n.records[questionOf(h)] = append(n.records[questionOf(h)], rr)
	}
}
