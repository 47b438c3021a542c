package migrationtest

import "strings"

// crashKind is what becomes of a side effect, in the words of a point's name.
type crashKind string

const (
	kindNone       crashKind = ""                    // nothing goes wrong
	kindRefused    crashKind = "error before"        // refused, and not done
	kindLost       crashKind = "request lost"        // not done, and nobody is told
	kindErrorAfter crashKind = "error after"         // done, and answered with an error
	kindReplyLost  crashKind = "reply lost"          // done, and nobody is told
	kindGoneBefore crashKind = "process gone before" // not done: the process dies first
	kindGoneAfter  crashKind = "process gone after"  // done: then the process dies
)

// kindsOf are those that an effect can have: a call of the host's own code has
// no connection that breaks.
func kindsOf(e sideEffect) []crashKind {
	if e.call {
		return []crashKind{kindRefused, kindErrorAfter, kindGoneBefore, kindGoneAfter}
	}
	return []crashKind{kindRefused, kindLost, kindErrorAfter, kindReplyLost, kindGoneBefore, kindGoneAfter}
}

// changesGroup reports whether an operation of the API changes something.
func changesGroup(operation string) bool {
	return !strings.HasPrefix(operation, "Describe") && !strings.HasPrefix(operation, "List")
}

// readsOnly are the commands that change nothing on a server. What is not
// listed counts as a change.
func readsOnly() []string {
	return strings.Fields(`
		ACL AUTH COMMAND DBSIZE ECHO HELLO INFO LASTSAVE MODULE PING QUIT REPLCONF RESET SELECT TIME ROLE WAIT MULTI
		EXISTS KEYS PTTL RANDOMKEY SCAN TTL TYPE GET MGET STRLEN HGET HGETALL HLEN LLEN LRANGE SCARD SMEMBERS
		HMGET HKEYS HVALS HEXISTS ZCARD ZRANGE ZSCORE SISMEMBER MEMORY OBJECT DUMP CLUSTER LATENCY SLOWLOG`)
}

// changesServer reports whether a command changes something; name is as
// commandName has it.
func changesServer(name string, readers map[string]bool) bool {
	container, sub, nested := strings.Cut(name, " ")
	if !nested {
		return name != "" && !readers[name]
	}
	switch container {
	case "CLIENT":
		return sub == "PAUSE" || sub == "UNPAUSE" || sub == "KILL"
	case "CONFIG":
		return sub != "GET"
	case "FUNCTION":
		return sub == "LOAD" || sub == "DELETE" || sub == "FLUSH" || sub == "RESTORE"
	}
	return !readers[container]
}
