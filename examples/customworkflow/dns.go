package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/cachelift/cachelift/migration"
)

// dnsZone keeps the record at a name server that takes signed dynamic updates
// (RFC 2136), as BIND, Knot and PowerDNS do. For Route 53 put two calls of its
// SDK here instead.
//
// The record is of type SRV, because it says the port too. Where the port is
// 6379 anyway a CNAME does.
type dnsZone struct {
	server string // host:port of the name server
	name   string // for example "orders.example."; the record is _redis._tcp below it
	zone   string // that the server has, for example "example."
	key    string // name of the TSIG key
	secret string // in base 64
}

// recordSeconds is the time to live: how long a client may keep an old answer.
const recordSeconds = 5

func (z dnsZone) service() string { return "_redis._tcp." + z.name }

// Point replaces the record by one update, which happens as a whole or not at
// all.
func (z dnsZone) Point(ctx context.Context, to migration.Endpoint) error {
	target := dns.Fqdn(to.Address)
	service := dns.RR_Header{Name: z.service(), Class: dns.ClassINET, Rrtype: dns.TypeSRV, Ttl: recordSeconds}
	address := dns.RR_Header{Name: z.name, Class: dns.ClassINET, Rrtype: dns.TypeA, Ttl: recordSeconds}
	update := new(dns.Msg).SetUpdate(z.zone)
	update.RemoveRRset([]dns.RR{&dns.SRV{Hdr: service}, &dns.A{Hdr: address}})
	if ip := net.ParseIP(to.Address).To4(); ip != nil {
		target = z.name // an SRV record needs a name; this one has the address
		update.Insert([]dns.RR{&dns.A{Hdr: address, A: ip}})
	}
	update.Insert([]dns.RR{&dns.SRV{Hdr: service, Port: uint16(to.Port), Target: target}})
	update.SetTsig(z.key, dns.HmacSHA256, 300, time.Now().Unix())
	_, err := z.exchange(ctx, "tcp", update)
	return err
}

// Lookup asks the name server itself, so that no cache answers.
func (z dnsZone) Lookup(ctx context.Context) (migration.Endpoint, error) {
	answer, err := z.ask(ctx, z.service(), dns.TypeSRV)
	if err != nil {
		return migration.Endpoint{}, err
	}
	srv, ok := answer.(*dns.SRV)
	if !ok {
		return migration.Endpoint{}, fmt.Errorf("%s: %w", z.service(), errNoRecord)
	}
	to := migration.Endpoint{Address: strings.TrimSuffix(srv.Target, "."), Port: int(srv.Port)}
	if srv.Target != z.name {
		return to, nil
	}
	if answer, err = z.ask(ctx, z.name, dns.TypeA); err != nil {
		return migration.Endpoint{}, err
	}
	a, ok := answer.(*dns.A)
	if !ok {
		return migration.Endpoint{}, fmt.Errorf("%s: %w", z.name, errNoRecord)
	}
	to.Address = a.A.String()
	return to, nil
}

// ask returns the first record of the answer; nil if there is none.
func (z dnsZone) ask(ctx context.Context, name string, kind uint16) (dns.RR, error) {
	reply, err := z.exchange(ctx, "udp", new(dns.Msg).SetQuestion(name, kind))
	if err != nil || len(reply.Answer) == 0 {
		return nil, err
	}
	return reply.Answer[0], nil
}

func (z dnsZone) exchange(ctx context.Context, network string, m *dns.Msg) (*dns.Msg, error) {
	client := &dns.Client{Net: network, TsigSecret: map[string]string{z.key: z.secret}}
	reply, _, err := client.ExchangeContext(ctx, m, z.server)
	switch {
	case err != nil:
		return nil, fmt.Errorf("name server %s: %w", z.server, err)
	case reply.Rcode != dns.RcodeSuccess && reply.Rcode != dns.RcodeNameError:
		return nil, fmt.Errorf("name server %s: %s", z.server, dns.RcodeToString[reply.Rcode])
	}
	return reply, nil
}
