package node

// Rules of ACL SETUSER for the user as whom the library talks to a source. They are
// the least that will do. A test holds those for Redis 7.0 true against a server; those for 6.x
// follow from its code, in which COMMAND has no subcommands of its own to permit, and
// have not been tried.
const (
	// FactsRules let a user of Redis 7.0 and later, and of Valkey, gather all facts
	// without a gap, and watch a migration: CLIENT LIST is for the output buffer.
	FactsRules = "+info +role +select +config|get +command|info +command|list +module|list +cluster|info " +
		"+acl|users +acl|dryrun +client|list"
	// FactsRulesBefore7 are the same for Redis 6.0 and 6.2, which have no ACL DRYRUN:
	// "default_user_denied" is a gap there in any case.
	FactsRulesBefore7 = "+info +role +select +config|get +command +module|list +cluster|info +acl|users +client|list"
	// FenceRulesACL are needed in addition to fence the server by ACL, where
	// CONFIG is not to be had. A user who may change users can do anything.
	FenceRulesACL = "+ping +acl|list +acl|setuser +acl|deluser +del ~" + probePrefix + "*"
	// FenceRules are needed in addition to fence the server, from Redis 6.0 on.
	FenceRules = "+ping +config|set +client|pause +client|unpause +del ~" + probePrefix + "*"
	// EndingRules let a fence end connections: those of changes that were given up, so
	// that none is made late, and after the cut-over those of the old primary's clients.
	// The fence holds without them.
	EndingRules = "+client|id +client|kill"
)
