package preflight

import (
	"fmt"
	"strings"
)

// contentChecks are about what the source holds and how it is.
func contentChecks() []Check {
	return []Check{
		{
			ID: "source.modules", Title: "The source has no modules loaded",
			Detail: "The RDB of a server with modules may hold data types of theirs, which a target without the module cannot load (reported). Looks at the list of modules, which exist from Redis 4.0 on.",
			DocURL: guide + "SupportedCommands.html", UnknownSeverity: Warning, Judge: judgeModules,
		},
		{
			ID: "source.persistence", Title: "The source can make an RDB snapshot",
			Detail: "Looks at the result of the last BGSAVE: a full sync makes such a snapshot, and while that fails the target tries again without end, 300 times a second (measured). A server that never saved says ok as well, also with a directory that it cannot write to (measured: 41 failed full syncs in 4 seconds), so that the result is unknown unless repl-diskless-sync is on. Whether the directory can be written to now cannot be seen from here.",
			DocURL: redisManagement + "persistence/", UnknownSeverity: Warning,
			Judge: judgePersistence,
		},
		{
			ID: "source.connections", Title: "The source has room for more connections",
			Detail: fmt.Sprintf("The difference between maxclients and the clients that are connected has to be at least %d: one link to the target, its successor while a lost one is not noticed yet, and those of the library, which samples, fences and verifies (a reserve chosen by this library). A source that is full refuses the target.", spareConnections),
			DocURL: redisClients, UnknownSeverity: Warning,
			Judge: onSource(fmt.Sprintf("%d connections free", spareConnections), judgeConnections, "clients", "maxclients"),
		},
		{
			ID: "source.functions-acl", Title: "No ACL users and no cached scripts are left behind",
			Detail: "ACL users and scripts cached by SCRIPT LOAD or EVAL stay on the source; function libraries are replicated (measured on Redis 7.0). Whoever needs the former has to make them on the target by hand after the migration. The settings made by CONFIG SET or in redis.conf, such as notify-keyspace-events, are not carried over either, and are not looked at here.",
			DocURL: redisManagement + "replication/", Severity: Warning, Judge: judgeLeftBehind,
		},
	}
}

const spareConnections = 10

func judgeModules(f Facts) Finding {
	const required = "no modules"
	if f.Source != nil && f.seenSource().before(version{4, 0, 0}) {
		return passed("Redis "+f.Source.Version+" has no modules").finding(f.sourceName(), required)
	}
	return allowing("MODULE LIST", onSource(required, func(n Node) verdict {
		if len(n.Modules) == 0 {
			return passed("none loaded")
		}
		return failed("loaded: "+strings.Join(n.Modules, ", "),
			"on the source, run MODULE UNLOAD "+n.Modules[0]+" for each and remove its loadmodule line from redis.conf (a module that has data types can only be left out by a restart, after its keys are deleted); waive this check if no key has a type of a module")
	}, "modules"))(f)
}

func judgePersistence(f Facts) Finding {
	return onSource("rdb_last_bgsave_status ok, of a save that was made; or a full sync without a disk", func(n Node) verdict {
		const again = "run BGSAVE on the source and look at rdb_last_bgsave_status in INFO persistence"
		switch n.LastSaveStatus {
		case "ok":
		case "err":
			return failed("rdb_last_bgsave_status err: the last BGSAVE failed",
				"read the server's log for the reason; check free disk space and the owner of the directory (CONFIG GET dir), and free memory for the fork (vm.overcommit_memory=1); then "+again+" until it says ok")
		default:
			return unknown(fmt.Sprintf("rdb_last_bgsave_status %q", n.LastSaveStatus), again)
		}
		const ok = "rdb_last_bgsave_status ok"
		switch diskless := n.Config != nil && n.Config.DisklessSync == "yes" && f.absent("source.config.diskless_sync") == ""; {
		case diskless:
			return passed(ok + "; repl-diskless-sync yes: the full sync does not use the disk")
		case f.absent("source.last_save_seconds") != "":
			return unknown(ok+"; whether there was a save was "+f.why("source.last_save_seconds"), again)
		case n.LastSaveSeconds < 0:
			return unknown(ok+", but no BGSAVE was made since the server was started: it says ok from the beginning", again+", once, before the migration")
		default:
			return passed(ok + "; whether the directory can be written to now cannot be seen")
		}
	}, "last_save_status")(f)
}

func judgeConnections(n Node) verdict {
	observed := fmt.Sprintf("%d of %d connections used", n.Clients, n.MaxClients)
	if n.Clients <= 0 || n.MaxClients <= 0 { // who asks is a client too
		return unknown(observed+": that cannot be", "look at connected_clients and maxclients in INFO clients, or run CONFIG GET maxclients on the source")
	}
	if n.MaxClients-n.Clients >= spareConnections {
		return passed(observed)
	}
	want := n.Clients + max(100, n.Clients/10)
	if want < n.Clients {
		want = n.Clients // a number that no server has
	}
	return failed(observed, fmt.Sprintf("on the source, run CONFIG SET maxclients %d (no restart; the limit of open files has to allow it, see ulimit -n) and set maxclients %d in redis.conf, or close connections that idle (CONFIG SET timeout)", want, want))
}

// leftBehind is one kind of thing that replication does not carry.
type leftBehind struct {
	seen, unseen string // one of them, or none if there is nothing of the kind
	remedy       string
}

func judgeLeftBehind(f Facts) Finding {
	return onSource("no ACL users but default, and no cached scripts", func(n Node) verdict {
		var seen, unseen, remedies []string
		for _, l := range []leftBehind{f.leftUsers(n), f.leftScripts(n)} {
			if l.seen != "" {
				seen, remedies = append(seen, l.seen), append(remedies, l.remedy)
			}
			if l.unseen != "" {
				unseen = append(unseen, l.unseen)
			}
		}
		carried := fmt.Sprintf("carried over: %d function libraries", n.Libraries)
		if f.absent("source.libraries") != "" {
			carried = "function libraries, which are carried over, were not seen"
		}
		switch {
		case len(seen) > 0:
			return failed(strings.Join(append(append(seen, unseen...), carried), "; "), strings.Join(remedies, "; "))
		case len(unseen) > 0:
			return unknown(strings.Join(unseen, "; "), "let the library's user run ACL USERS and INFO on the source (ACL SETUSER <user> +acl|users +info), or look by hand")
		default:
			return passed("no ACL users but default, no cached scripts; " + carried)
		}
	})(f)
}

func (f Facts) leftUsers(n Node) leftBehind {
	var names []string
	for _, name := range n.Users {
		if name != "default" {
			names = append(names, name)
		}
	}
	switch {
	case len(names) > 0:
		return leftBehind{
			seen: fmt.Sprintf("%d ACL users: %s", len(names), strings.Join(names, ", ")),
			remedy: "after the migration and with in-transit encryption turned on, make the users of the target: aws elasticache create-user, create-user-group, and modify-replication-group --user-group-ids-to-add" +
				" (Terraform: aws_elasticache_user, aws_elasticache_user_group)",
		}
	case n.before(version{6, 0, 0}):
		return leftBehind{}
	case len(n.Users) == 0 || f.absent("source.users") != "": // there is always the default user
		return leftBehind{unseen: "ACL users " + f.why("source.users")}
	default:
		return leftBehind{}
	}
}

func (f Facts) leftScripts(n Node) leftBehind {
	switch {
	case n.CachedScripts < 0 || f.absent("source.cached_scripts") != "":
		return leftBehind{unseen: "cached scripts " + f.why("source.cached_scripts")}
	case n.CachedScripts > 0:
		return leftBehind{
			seen:   fmt.Sprintf("%d cached scripts", n.CachedScripts),
			remedy: "run SCRIPT LOAD on the target after the promotion, or see to it that clients send EVAL when EVALSHA is answered with NOSCRIPT",
		}
	default:
		return leftBehind{}
	}
}
