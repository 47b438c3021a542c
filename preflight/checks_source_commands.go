package preflight

import (
	"fmt"
	"slices"
	"strings"
)

func renamedCommands() Check {
	return Check{
		ID: "source.renamed-commands", Title: "No command of the source is renamed, and none that the migration needs is disabled",
		Detail: "Asks the source which commands it knows under their own names. Without the replication commands no sync comes about; without those that read the server's state the service cannot judge it (documented); a renamed write command reaches the target under a name that it does not know, and the write is lost with the link up (measured). A write command that exists under no name is the matter of source.disabled-commands.",
		DocURL: guide + "Migration-Prepare.html", Waivable: NeverWaived,
		Judge: onCommands("every command under its own name (no rename-command in redis.conf), but for write commands that are disabled", judgeCommands),
	}
}

func disabledCommands() Check {
	return Check{
		ID: "source.disabled-commands", Title: "No write command of the source is disabled",
		Detail: "Looks for write commands that the source has under no name at all, such as FLUSHALL after rename-command FLUSHALL \"\". Nobody can have run them, so that no write is lost; but the target has them, and after the promotion whoever was kept from them by this no longer is (assumed).",
		DocURL: guide + "Migration-Prepare.html", Severity: Warning,
		Judge: onCommands("no write command that exists under no name", judgeDisabled),
	}
}

func onCommands(required string, judge func(commandsFound) verdict) func(Facts) Finding {
	return allowing("COMMAND INFO", onSource(required, func(n Node) verdict {
		switch {
		case n.Commands == nil:
			return unknown("the commands were not seen: no reason was recorded", showSource)
		case len(n.Commands.Missing) == 0 && n.Commands.Asked <= 0:
			return unknown("no command was asked for", showSource)
		}
		return judge(sortCommands(*n.Commands))
	}, "commands"))
}

// replicationCommands are those that a replica sends.
const replicationCommands = " ping psync replconf sync "

// stateCommands are those by which the service looks at the source (documented
// as examples of what must not be renamed).
const stateCommands = " cluster command config info "

// commandsFound are the commands that are missing, by what follows from it.
type commandsFound struct {
	asked int
	// disabled are write commands under no name at all; writes are the others.
	replication, state, writes, disabled []string
}

func sortCommands(c Commands) commandsFound {
	found := commandsFound{asked: c.Asked}
	for _, name := range c.Missing {
		name = strings.ToLower(name)
		group := &found.writes
		switch {
		case strings.Contains(replicationCommands, " "+name+" "):
			group = &found.replication
		case strings.Contains(stateCommands, " "+name+" "):
			group = &found.state
		case slices.ContainsFunc(c.Disabled, func(d string) bool { return strings.EqualFold(d, name) }):
			group = &found.disabled
		}
		*group = append(*group, name)
	}
	return found
}

func judgeCommands(c commandsFound) verdict {
	var observed, lines []string
	for _, group := range []struct {
		names  []string
		effect string
	}{
		{c.replication, "of replication, so that the target cannot follow"},
		{c.state, "that read the server's state, which the service uses"},
		{c.writes, "whose effect the target would lose in silence, with the link up"},
	} {
		if len(group.names) > 0 {
			observed = append(observed, fmt.Sprintf("missing are commands %s: %s", group.effect, strings.Join(group.names, ", ")))
		}
		for _, name := range group.names {
			lines = append(lines, "rename-command "+strings.ToUpper(name))
		}
	}
	switch {
	case len(observed) > 0:
		return failed(strings.Join(observed, "; "), "remove the lines that begin with "+strings.Join(lines, ", ")+restartForNames)
	case len(c.disabled) > 0:
		return passed("no command is renamed; disabled, see source.disabled-commands: " + strings.Join(c.disabled, ", "))
	default:
		return passed(fmt.Sprintf("all %d commands are there under their own names", c.asked))
	}
}

const restartForNames = " from redis.conf and restart the server (it cannot be changed while it runs; a failover to a replica without these lines avoids the outage); use ACLs to keep commands from users"

func judgeDisabled(c commandsFound) verdict {
	if len(c.disabled) == 0 {
		return passed("none is disabled")
	}
	var denied []string
	for _, name := range c.disabled {
		denied = append(denied, "-"+name)
	}
	return failed("disabled write commands, of which no write can be lost: "+strings.Join(c.disabled, ", "),
		"nothing, if it does not matter that they can be run on the target after the promotion; else give users there an access string with "+strings.Join(denied, " ")+
			" (aws elasticache create-user --access-string, with in-transit encryption turned on after the migration; Terraform: aws_elasticache_user, access_string)")
}
