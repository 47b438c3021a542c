package lab

import (
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestNameServer(t *testing.T) {
	t.Parallel()
	n, err := StartNameServer("example.")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	record, err := dns.NewRR("www.example. 5 IN A 10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	add := func(change func(*dns.Msg)) *dns.Msg {
		m := new(dns.Msg).SetUpdate(n.Zone)
		m.Insert([]dns.RR{record})
		change(m)
		return m
	}
	const wrong = "d3JvbmcgLS0gd3JvbmcgLS0gd3JvbmcgLS0gd3Jvbmc="
	signed := func(m *dns.Msg) { m.SetTsig(n.Key, dns.HmacSHA256, 300, time.Now().Unix()) }
	for _, c := range []struct {
		why, network, secret string
		ask                  *dns.Msg
		rcode, answers       int
	}{
		{"nothing yet", "udp", n.Secret, new(dns.Msg).SetQuestion("www.example.", dns.TypeA), dns.RcodeNameError, 0},
		{"not its zone", "udp", n.Secret, new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA), dns.RcodeRefused, 0},
		{"an update without signature", "tcp", n.Secret, add(func(*dns.Msg) {}), dns.RcodeRefused, 0},
		{"an update with another key", "tcp", wrong, add(signed), dns.RcodeRefused, 0},
		{"still nothing", "udp", n.Secret, new(dns.Msg).SetQuestion("www.example.", dns.TypeA), dns.RcodeNameError, 0},
		{"an update", "tcp", n.Secret, add(signed), dns.RcodeSuccess, 0},
		{"by UDP", "udp", n.Secret, new(dns.Msg).SetQuestion("WWW.example.", dns.TypeA), dns.RcodeSuccess, 1},
		{"by TCP", "tcp", n.Secret, new(dns.Msg).SetQuestion("www.example.", dns.TypeA), dns.RcodeSuccess, 1},
		{"another type", "tcp", n.Secret, new(dns.Msg).SetQuestion("www.example.", dns.TypeSRV), dns.RcodeSuccess, 0},
	} {
		client := &dns.Client{Net: c.network, TsigSecret: map[string]string{n.Key: c.secret}}
		reply, _, err := client.ExchangeContext(t.Context(), c.ask, n.Addr)
		if reply == nil || reply.Rcode != c.rcode || len(reply.Answer) != c.answers {
			t.Errorf("%s: %v, %v; want %s and %d answers", c.why, reply, err, dns.RcodeToString[c.rcode], c.answers)
		}
	}
	if n.Updates() != 1 {
		t.Errorf("%d updates were made, want 1", n.Updates())
	}
}
