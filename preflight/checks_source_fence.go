package preflight

import (
	"fmt"
	"strings"
)

func judgeFence(f Facts) Finding {
	const required = "a primary on which a fence can be closed, or a host that pauses writes itself"
	return fence(f).finding(f.sourceName(), required)
}

func fence(f Facts) verdict {
	switch {
	case f.Source != nil && f.Source.Role == "slave" && judgeSourceRole(f).Outcome != Pass:
		return unknown("role slave, below a chain of links that is not whole or was not seen", "see source.role")
	case f.Source != nil && f.Source.Role == "slave":
		return failed("role slave: what its primary acknowledged and has not passed on yet is in no offset that it tells",
			"give the address of its primary, "+f.primaryOf(*f.Source)+", as the source; or waive source.fence in order to get in sync only: the cut-over from a replica is refused all the same")
	case f.Source != nil && f.Source.ClusterEnabled:
		return unknown("a server in cluster mode cannot be fenced", "see source.cluster-mode")
	case f.Source == nil || f.Source.Role != "master" || f.absent("source.role") != "":
		return unknown("whether it is a primary was "+f.why("source.role", "source"), "see source.role")
	case f.absent("fence") != "":
		return unknown(f.absent("fence"), showSource)
	case f.Fence != nil:
		return f.judgeLadder(f.Fence.Choose(f.seenSource().Version))
	default:
		return passed("no fence on the source is used: the host pauses writes, or gives no Cutover and gets in sync only")
	}
}

// judgeLadder tells which rung a cut-over will take, and what is weaker in it.
func (f Facts) judgeLadder(c FenceChoice) verdict {
	better := "no better one: " + strings.Join(c.Better, "; ")
	switch {
	case c.Rung == FenceNone && f.renamed("config"):
		return unknown("no fence can be had: "+strings.Join(c.Better, "; "), "see source.renamed-commands")
	case c.Rung == FenceNone && c.Untold:
		return unknown("it cannot be told whether a fence can be had: "+strings.Join(c.Better, "; "),
			"let the library's user run ACL DRYRUN (+acl|dryrun), which does nothing, or INFO where the version is not known; "+fenceRemedy)
	case c.Rung == FenceNone:
		return failed("no fence can be had: "+strings.Join(c.Better, "; "), fenceRemedy)
	case c.Rung == FenceUnscripted && f.Load != nil && f.Load.Scripts > 0:
		return failed(fmt.Sprintf("the host states that no client runs scripts, and the server counts %d calls of them, which pass this fence", f.Load.Scripts),
			"stop what runs scripts and reset the counters with CONFIG RESETSTAT, or stop writers with a gate of your own")
	}
	observed := c.Rung.means()
	if f.Fence.Gate && c.Rung != FenceGate {
		observed = "the host's gate, and on top " + observed
	}
	if c.Weaker != "" {
		observed += "; weaker: " + c.Weaker + "; " + better
	}
	return passed(observed)
}

const fenceRemedy = "rights for a fence come with: ACL SETUSER <user of the library> +ping +config|get +config|set +client|pause +client|unpause +client|id +client|kill +del ~cachelift:fence:*; " +
	"or give the SourceFence a gate that stops your writers, or give a Cutover of your own"

// means says how the rung stops writes.
func (r FenceRung) means() string {
	switch r {
	case FencePause:
		return "CLIENT PAUSE WRITE, and min-replicas-to-write raised while writes are parked"
	case FenceMinReplicas, FenceUnscripted:
		return "min-replicas-to-write raised"
	case FenceACL:
		return "ACL: every user loses the right to write"
	case FenceGate:
		return "the host's gate alone"
	}
	return "no fence"
}
