package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/preflight/vpc"
)

// help is the documentation of the program.
const help = `cachelift moves a self-hosted Redis or Valkey into an ElastiCache replication
group by online migration: the group's primary becomes a replica of the source,
catches up, and is promoted while writes to the source are stopped. Every write
that the source acknowledged is then in the group.

A migration, step by step:

  cachelift preflight --replication-group-id prod-cache --source 10.0.0.5:6379
  cachelift run       --replication-group-id prod-cache --source 10.0.0.5:6379 --until in_sync --yes
  cachelift status    --replication-group-id prod-cache
  cachelift rehearse  --replication-group-id prod-cache --yes
  cachelift run       --replication-group-id prod-cache --yes      (or: cachelift abort ... --yes)

Preflight. "preflight" looks at every prerequisite and says what to change; "run" and
"rehearse" do the same first and stop if something blocks. Flags that change what
blocks (--waive, --severity) are for all of them. See "cachelift preflight --help".

Plan. "run" and "rehearse" store what they are about to do in a file,
cachelift-<group>.json in the current folder or --plan FILE, before they change
anything. The file holds no secrets. While a command drives the migration it holds
FILE.lock, so that no second one does. All commands read it: with it --source can be
left out, and with --plan FILE also --replication-group-id. The same "run" in a new
process, after a crash too, goes on where the migration stands. "abort" removes the
file when it is done; remove it yourself to migrate the same group anew after a
success.

"verify" compares two servers key by key, at any time, without AWS and without a plan;
"run --verify sample" and "run --verify full" do so on the way, and stop before the
point of no return if both ends differ.

Writes are stopped on the source itself, with CLIENT PAUSE and
min-replicas-to-write where it has them and allows it ("preflight" says what it
will be), and put back if the cut-over backs out. What is changed is noted before
in a file beside the plan, cachelift-<group>.ledger.json. After a success
the source stays closed for good, so that a client that was forgotten gets an
error instead of losing writes in silence. To open it by hand put the old value
back: CONFIG SET min-replicas-to-write <old> (0 unless it was set; CONFIG GET
shows the old value plus 1000000).

When. "rehearse" tries the cut-over up to the point of no return, resumes writes
and tells how long they were stopped. "run" stops them as soon as the group has been
in sync for long enough, or with --not-before, --not-after and --window when you say;
until then the group goes on following the source, for days if it has to.

  cachelift run --plan cachelift-prod-cache.json --yes --evidence ticket.md \
    --not-before 2026-01-18T00:00:00Z --window "Sat,Sun 02:00-04:00 Europe/Berlin"

--evidence stores the result of a run or a rehearsal, also of one that failed. A
file that cannot be written is reported and changes no exit code.

Ctrl-C or SIGTERM stops driving: paused writes are resumed, ElastiCache goes on
replicating, and the command line that resumes is printed. A second one ends the
process at once; then "run" or "abort" finds and repairs what was left behind.

AWS is configured as usual: environment, profile, AWS_ENDPOINT_URL. --region,
--endpoint-url and --ec2-endpoint-url win over it.

CACHELIFT_SOURCE_PASSWORD is the password for cachelift's own connections to the
source: of the ACL user in --source-username, or without that flag of the default
user. Empty is as not set. The user has to be allowed INFO and CONFIG. ElastiCache
itself always connects to the source without credentials.

Output. Results go to stdout, progress and errors to stderr. With --output json
stdout carries one JSON document for preflight, status and abort; for run and
rehearse one JSON line an event and at last a line with "kind":"result". Wrong
usage leaves stdout empty. Colours are only for a terminal, and never with NO_COLOR.

Exit codes:
  0  done: the goal of the command was reached
  1  failed or interrupted
  2  wrong usage or configuration, or a bad file of --plan or --facts: nothing was changed
  3  preflight blocks: nothing was changed
  4  verify, or run --verify: both ends do not hold the same`

// preflightHelp is the documentation of preflight. It has no more permissions
// than the code asks for.
func preflightHelp() string {
	return `Check both ends and the network between them; change nothing.

Looks at the replication group, at both servers, and through the EC2 API at
VPCs, routes, security groups and network ACLs. What could not be seen is
unknown and never counts as passed; a permission that is missing, a server that
does not answer, or no EC2 at all leaves the rest of the report whole. Each
finding that did not pass says what was seen, what is required, and the command
that changes it.

  cachelift preflight --replication-group-id prod-cache --source 10.0.0.5:6379 --facts-out seen.json
  cachelift preflight --facts seen.json --output markdown > ticket.md
  cachelift preflight --facts seen.json --only 'network.*' --waive network.acl

--facts-out stores what was seen; --facts judges it again on any machine, with no
AWS, no server and no plan. A file that is damaged, wrongly edited or of a later
version is refused with the fields that are wrong.

Permissions, all of them only to read, and each one optional:
` + columns(append(groupActions(), vpc.Actions()...)) + `
With --analyze also these, and those that the Reachability Analyzer wants itself
(tiros:CreateQuery, tiros:GetQueryAnswer, tiros:GetQueryExplanation):
` + columns(vpc.AnalyzerActions()) + `
Exit codes: 0 nothing blocks, 1 failed or interrupted, 2 wrong usage or a bad
facts file, 3 something blocks.`
}

// groupActions are what the library calls to look at the group.
func groupActions() []string {
	return []string{
		"elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters",
		"elasticache:DescribeCacheSubnetGroups", "elasticache:DescribeCacheParameters",
	}
}

// columns are lines of two actions each.
func columns(actions []string) string {
	var b strings.Builder
	for pair := range slices.Chunk(actions, 2) {
		if len(pair) == 1 {
			pair = append(pair, "")
		}
		line := fmt.Sprintf("  %-40s  %s", pair[0], pair[1])
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
