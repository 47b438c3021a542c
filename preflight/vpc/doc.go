// Package vpc reads the EC2 side of both ends of a migration: the interface
// that has the source's address, and the subnets, route tables, security
// groups, network ACLs, peering connections, prefix lists and transit gateways
// between it and the replication group. It judges nothing; the network checks
// of [github.com/cachelift/cachelift/preflight] do, from the
// [preflight.Network] that it returns.
//
//	source := vpc.New(ec2.NewFromConfig(cfg), nil)
//	// give it to the Facts of migration.Options
//
// It is a package of its own because the EC2 SDK is large: a host that does not
// import it does not compile it.
//
// Nothing is changed, except that the VPC Reachability Analyzer, which is used
// only when asked for, needs a path and an analysis; both are deleted again.
// [Actions] and [AnalyzerActions] are the permissions. A call that is denied or
// fails leaves a [preflight.Gap] with the name of the permission, and the
// rest whole:
//
//   - A list that could not be read is nil.
//   - PrefixLists, Peerings, Attachments and TransitRoutes take several
//     calls. Where only some of them failed, the list has what was read and there
//     is a gap beside it: an entry that is missing then is not known.
//   - A gap "network.attachments.subnets" means that only the subnets of the
//     attachments could not be read, and maybe GroupReferences.
//   - A gap "network.analyses" beside an analysis says what was left at AWS, and
//     how to delete it.
//
// One call finds the interface, four more calls read the rest when both ends are
// in one VPC. Another VPC costs one call for the peering connections, a
// transit gateway three to four, each prefix list one; two VPCs that nothing
// seems to connect cost two more, to look for a gateway to which routes are
// missing. Long lists have more pages. All that can go side by side does.
package vpc
