// Package linkfault puts faults on the link over which a node replicates from a
// real server: latency, a limit of bandwidth, a cut, a black hole. It is a small
// face of the TCP proxy of github.com/Shopify/toxiproxy, in a module of its own, so
// that nobody who imports cachelift gets what that depends on. For servers in
// memory there is [simulator.Memory.SetLink].
//
//	link, err := linkfault.New(source.Addr())
//	defer link.Close()
//	plan.Source = ... // link.Addr(): what the nodes replicate from
//	link.Latency(50*time.Millisecond, 0)
//	link.Cut()
//	link.Restore()
//
// The library asks the source, too, and at the address that the plan names: its
// connections suffer what the link does. That is realistic where both take the
// same way. To let only replication suffer, give it a way around:
//
//	opts.DialContext = link.Bypass(nil)
//
// # What the proxy cannot do
//
//   - It ends TCP connections and makes new ones, so that what it drops is gone
//     and not sent again. A connection that has been in a black hole is
//     broken when the link is restored; over a real network it would go on.
//   - The end of a connection passes a black hole: when one side gives it
//     up, the other is told. A connection that is made meanwhile comes about, and
//     then is silent.
//   - It writes a line to standard error when a limit of bandwidth is changed
//     while something waits for it; zerolog.SetGlobalLevel(zerolog.Disabled) in a
//     test's TestMain keeps it from that.
//   - Delays are counted in milliseconds, and rates in thousands of bytes per
//     second. Chunks of at most 32 kB are delayed as one.
package linkfault
