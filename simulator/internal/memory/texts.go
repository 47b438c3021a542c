package memory

import (
	"fmt"
	"strings"

	"github.com/tidwall/redcon"
)

// ok is the reply of commands that have nothing else to say.
const ok = redcon.SimpleString("OK")

// refusal is an error reply, as it is written.
type refusal string

// Error returns the text.
func (r refusal) Error() string { return string(r) }

// The texts of servers, word for word.
const (
	errNoAuth      refusal = "NOAUTH Authentication required."
	errReadOnly    refusal = "READONLY You can't write against a read only replica."
	errNoReplicas  refusal = "NOREPLICAS Not enough good replicas to write."
	errOOM         refusal = "OOM command not allowed when used memory > 'maxmemory'."
	errWrongType   refusal = "WRONGTYPE Operation against a key holding the wrong kind of value"
	errSyntax      refusal = "ERR syntax error"
	errNotInteger  refusal = "ERR value is not an integer or out of range"
	errIndex       refusal = "ERR DB index is out of range"
	errInvalidDB   refusal = "ERR invalid DB index"
	errNoKey       refusal = "ERR no such key"
	errOverflow    refusal = "ERR increment or decrement would overflow"
	errCursor      refusal = "ERR invalid cursor"
	errNestedMulti refusal = "ERR MULTI calls can not be nested"
	errNoMultiExec refusal = "ERR EXEC without MULTI"
	errNoMultiDisc refusal = "ERR DISCARD without MULTI"
	errExecAbort   refusal = "EXECABORT Transaction discarded because of previous errors."
	errWrongPass   refusal = "WRONGPASS invalid username-password pair or user is disabled."
	errNoProto     refusal = "NOPROTO unsupported protocol version"
	errWaitReplica refusal = "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."
	errClusterDB   refusal = "ERR SELECT is not allowed in cluster mode"
	errDenied      refusal = "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
		"In this mode connections are only accepted from the loopback interface. " +
		"If you want to connect from external computers to Redis you may adopt one of the following solutions: " +
		"1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, " +
		"however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. " +
		"2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. " +
		"3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
		"4) Setup a an authentication password for the default user. " +
		"NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside."
)

func errorf(format string, args ...any) refusal { return refusal(fmt.Sprintf(format, args...)) }

func errWrongArity(command string) refusal {
	return errorf("ERR wrong number of arguments for '%s' command", command)
}

// unknownCommand is the answer to a command that the server does not have.
func (v version) unknownCommand(args []string) refusal {
	quote := "'"
	if !v.atLeast(7, 0) {
		quote = "`"
	}
	var b strings.Builder
	for _, a := range args[1:] {
		if b.Len() >= 128 {
			break
		}
		a = a[:min(len(a), 128-b.Len())]
		if v.atLeast(7, 0) {
			fmt.Fprintf(&b, "%s%s%s ", quote, a, quote)
		} else {
			fmt.Fprintf(&b, "%s%s%s, ", quote, a, quote)
		}
	}
	return errorf("ERR unknown command %s%s%s, with args beginning with: %s", quote, args[0], quote, b.String())
}

func (v version) unknownSubcommand(command, sub string) refusal {
	if v.atLeast(7, 0) {
		return errorf("ERR unknown subcommand '%s'. Try %s HELP.", sub, strings.ToUpper(command))
	}
	return errorf("ERR Unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", sub, strings.ToUpper(command))
}

func (v version) unknownParameter(name string) refusal {
	if v.atLeast(7, 0) {
		return errorf("ERR Unknown option or number of arguments for CONFIG SET - '%s'", name)
	}
	return errorf("ERR Unsupported CONFIG parameter: %s", name)
}

func (v version) cannotSet(name, value, reason string) refusal {
	switch {
	case v.atLeast(7, 0):
		return errorf("ERR CONFIG SET failed (possibly related to argument '%s') - %s", name, reason)
	case strings.HasPrefix(reason, "can't"):
		return v.unknownParameter(name)
	}
	return errorf("ERR Invalid argument '%s' for CONFIG SET '%s' - %s", value, name, reason)
}

func (v version) loadingText() refusal {
	return errorf("LOADING %s is loading the dataset in memory", v.name())
}

func (v version) denied(command string) refusal {
	if v.atLeast(7, 2) {
		return errorf("NOPERM User default has no permissions to run the '%s' command", command)
	}
	return errorf("NOPERM this user has no permissions to run the '%s' command", command)
}
