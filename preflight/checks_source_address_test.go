package preflight

func addressRows() []builtinRow {
	is := func(ips ...string) func(*Facts) {
		return func(f *Facts) {
			f.SourceAddress = &Address{Host: "redis.example", IPs: ips}
			f.Source.Config.Bind = nil
		}
	}
	six := func(ips ...string) func(*Facts) {
		return func(f *Facts) { is(ips...)(f); f.Target.NetworkType = "ipv6" }
	}
	named := func(host string) func(*Facts) {
		return func(f *Facts) { f.SourceAddress.Host = host }
	}
	local := func(primary string) func(*Facts) {
		return func(f *Facts) { is("127.0.0.1")(f); f.Target.Primary = primary }
	}
	return []builtinRow{
		{"RFC 1918", good, "source.address", Pass, "10.0.0.241 is private", ""},
		{"nothing else was seen", func(f *Facts) { f.Source, f.SourceProbe = nil, nil }, "source.address", Pass, "10.0.0.241 is private", ""},
		{"the other ranges", is("172.31.0.1", "192.168.1.1"), "source.address", Pass, "172.31.0.1 is private, 192.168.1.1 is private", ""},
		{"RFC 6598, its last address", is("100.127.255.255"), "source.address", Pass, "100.127.255.255 is private", ""},
		{"just beyond RFC 6598", is("100.128.0.0"), "source.address", Fail, "100.128.0.0 is a public address", "private IP address"},
		{"IPv6 unique local", is("fd00:ec2::1"), "source.address", Pass, "is private", ""},
		{"IPv4 inside of IPv6", is("::ffff:10.0.0.241"), "source.address", Pass, "is private", ""},
		{"public", is("203.0.113.9"), "source.address", Fail, "203.0.113.9 is a public address", "ec2:DescribeNetworkInterfaces"},
		{"public, and nothing seen of the network", func(f *Facts) { is("203.0.113.9")(f); f.Network = nil }, "source.address", Fail, "public", "waive"},
		{"a VPC may use public ranges", func(f *Facts) {
			is("203.0.113.9")(f)
			f.Network.SourceInterfaces[0].IPs = []string{"nonsense", "203.0.113.9"}
		}, "source.address", Pass, "belongs to eni-source", ""},
		{"one of two is public", is("10.0.0.241", "203.0.113.9"), "source.address", Fail, "203.0.113.9", "private"},
		{"both IP versions, and the target has one", is("10.0.0.241", "2600:1f18::1"), "source.address", Pass, "10.0.0.241 is private", ""},
		{"both, and the target has the other", six("10.0.0.241", "2600:1f18::1"), "source.address", Unknown, "2600:1f18::1 is a global IPv6 address", "ec2:DescribeNetworkInterfaces"},
		{"global IPv6, and nothing seen of the network", func(f *Facts) { six("2600:1f18::1")(f); f.Network = nil }, "source.address", Unknown, "it may be of a VPC or of the internet", "waive"},
		{"global IPv6 of an interface", func(f *Facts) {
			six("2600:1f18::1")(f)
			f.Network.SourceInterfaces[0].IPs = []string{"10.0.0.241", "2600:1f18::1"}
		}, "source.address", Pass, "belongs to eni-source", ""},
		{"public in the version that counts", is("203.0.113.9", "fd00::1"), "source.address", Fail, "203.0.113.9", "private"},
		{"one of two is unreadable", is("10.0.0.241", "here"), "source.address", Unknown, `"here"`, "private"},
		{"nowhere", is("0.0.0.0"), "source.address", Fail, "no particular machine", "private"},
		{"multicast", is("224.0.0.1"), "source.address", Fail, "multicast", "private"},
		{"link-local", is("169.254.169.254"), "source.address", Fail, "link-local", "private"},
		{"link-local with a zone", is("fe80::1%eth0"), "source.address", Fail, "link-local", "private"},
		{"loopback, seen from the target", is("127.0.0.1"), "source.address", Fail, "means themselves", "private"},
		{"a simulator on the same machine", local("127.0.0.1:7001"), "source.address", Pass, "one machine", ""},
		{"by name", local("localhost:7001"), "source.address", Pass, "one machine", ""},
		{"by IPv6", local("[::1]:7001"), "source.address", Pass, "one machine", ""},
		{"where the target is was not seen", func(f *Facts) { is("127.0.0.1")(f); noTarget(f) }, "source.address", Unknown, "was not seen", "see target.exists"},
		{"an ElastiCache endpoint", named("old.abc123.ng.0001.use1.cache.amazonaws.com"), "source.address", Fail, "ElastiCache endpoint", "create-snapshot"},
		{"in China, in the form of the DNS", named("Old.abc123.0001.cnn1.cache.amazonaws.com.cn."), "source.address", Fail, "ElastiCache endpoint", "create-snapshot"},
		{"a name that only looks like one", named("cache.amazonaws.com.example"), "source.address", Pass, "private", ""},
		{"an ElastiCache node behind a name of one's own", func(f *Facts) { f.Source.OS = "Amazon ElastiCache" }, "source.address", Fail, "Amazon ElastiCache", "create-snapshot"},
		{"does not resolve here", func(f *Facts) { f.SourceAddress = nil; gap(f, "source_address", "no such host") }, "source.address", Unknown, "no such host", "private IP address"},
		{"resolves to nothing", is(), "source.address", Unknown, "no reason was recorded", "private IP address"},
	}
}

func listenRows() []builtinRow {
	bind := func(addresses ...string) func(*Facts) {
		return func(f *Facts) { f.Source.Config.Bind = addresses }
	}
	at := func(ip string, addresses ...string) func(*Facts) {
		return func(f *Facts) {
			f.SourceAddress = &Address{Host: "redis.example", IPs: []string{ip}}
			f.Source.Config.Bind = addresses
		}
	}
	lost := func(addresses ...string) func(*Facts) {
		return func(f *Facts) {
			bind(addresses...)(f)
			f.SourceAddress = nil
			gap(f, "source_address", "no such host")
		}
	}
	return []builtinRow{
		{"its own address", good, "source.bind", Pass, "10.0.0.241", ""},
		{"no bind", bind(), "source.bind", Pass, "all addresses", ""},
		{"the default of Redis 7", bind("*", "-::*"), "source.bind", Pass, "*", ""},
		{"the older wildcard", bind("0.0.0.0"), "source.bind", Pass, "0.0.0.0", ""},
		{"may be missing, but is not", bind("-10.0.0.241"), "source.bind", Pass, "-10.0.0.241", ""},
		{"IPv6 in another spelling", at("fd00::1", "fd00:0:0::1"), "source.bind", Pass, "fd00", ""},
		{"IPv6 wildcard", at("fd00::1", "::"), "source.bind", Pass, "::", ""},
		{"IPv6 wildcard with a minus", at("fd00::1", "127.0.0.1", "-::*"), "source.bind", Pass, "-::*", ""},
		{"the name that was given", at("10.0.0.9", "Redis.example"), "source.bind", Pass, "Redis.example", ""},
		{"both on loopback", func(f *Facts) { at("127.0.0.1", "127.0.0.1")(f); f.Target.Primary = "127.0.0.1:1" }, "source.bind", Pass, "127.0.0.1", ""},
		{"another loopback address", func(f *Facts) { at("127.0.0.1", "127.0.0.2")(f); f.Target.Primary = "127.0.0.1:1" }, "source.bind", Unknown, "does not name 127.0.0.1", "waive"},
		{"only loopback", bind("127.0.0.1", "-::1"), "source.bind", Fail, "only loopback", `CONFIG SET bind "10.0.0.241 127.0.0.1"`},
		{"a proxy may listen there", bind("127.0.0.1"), "source.bind", Fail, "only loopback", "if a proxy or a sidecar listens on 10.0.0.241 and passes connections on to the server, waive source.bind"},
		{"the IP version that the target does not use", func(f *Facts) {
			f.SourceAddress = &Address{Host: "redis.example", IPs: []string{"10.0.0.9", "fd00::1"}}
			bind("fd00::1")(f)
		}, "source.bind", Unknown, "does not name 10.0.0.9", "bind 10.0.0.9"},
		{"which IP version the target uses was not seen", func(f *Facts) {
			f.SourceAddress = &Address{Host: "redis.example", IPs: []string{"10.0.0.9", "fd00::1"}}
			bind("10.0.0.9")(f)
			gap(f, "target.network_type", "garbled")
		}, "source.bind", Unknown, "bind 10.0.0.9", "see source.address"},
		{"and so for the address", func(f *Facts) {
			f.SourceAddress.IPs = []string{"10.0.0.9", "fd00::1"}
			gap(f, "target.network_type", "garbled")
		}, "source.address", Unknown, "garbled", "DescribeReplicationGroups"},
		{"the server's system was not seen", func(f *Facts) { gap(f, "source.os", "cut") }, "source.address", Unknown, "cut", "INFO"},
		{"only loopback, by name", bind("localhost"), "source.bind", Fail, "only loopback", "redis.conf: bind 10.0.0.241 127.0.0.1"},
		{"a version that has to restart", func(f *Facts) { bind("127.0.0.1")(f); f.Source.Version = "6.2.0" }, "source.bind", Fail, "only loopback", "restart the server"},
		{"translated, perhaps", bind("10.9.9.9", "127.0.0.1"), "source.bind", Unknown, "does not name 10.0.0.241", "NAT"},
		{"the wildcard of the other family", bind("::"), "source.bind", Unknown, "does not name 10.0.0.241", "bind 10.0.0.241"},
		{"wildcard, whatever the address is", lost("*"), "source.bind", Pass, "*", ""},
		{"the address was not seen", lost("10.0.0.241"), "source.bind", Unknown, "no such host", "see source.address"},
		{"loopback, and the address was not seen", lost("127.0.0.1"), "source.bind", Unknown, "no such host", "see source.address"},
		{"CONFIG is refused", func(f *Facts) { f.Source.Config = nil; gap(f, "source.config", "NOPERM") }, "source.bind", Unknown, "NOPERM", "docs/preflight.md"},
		{"a gap is not an empty list", func(f *Facts) { bind()(f); gap(f, "source.config.bind", "cut") }, "source.bind", Unknown, "cut", "CONFIG GET"},
	}
}
