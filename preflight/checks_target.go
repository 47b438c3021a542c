package preflight

import (
	"fmt"
	"slices"
)

// targetChecks are about the replication group: is it there and at rest, was
// it made in a way that a migration accepts, what are its nodes, and what do
// its parameters do after the promotion.
func targetChecks() []Check {
	return slices.Concat(targetStateChecks(), targetModeChecks(), targetNodeChecks(), targetParameterChecks())
}

// Pages of the guide.
const (
	pagePrepare    = guide + "Migration-Prepare.html"
	pageOverview   = guide + "OnlineMigration.html"
	pageParameters = guide + "ParameterGroups.Engine.html"
)

// withTarget is [onTarget] for a check that needs more of the facts than the
// group itself.
func withTarget(required string, look func(Facts, Target) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		return onTarget(required, func(t Target) verdict { return look(f, t) }, fields...)(f)
	}
}

// modify begins the command line that changes the group. The flags were
// compared with the help of the AWS CLI 1.45.
func modify(t Target, flags string) string {
	return fmt.Sprintf("aws elasticache modify-replication-group --replication-group-id %s %s --apply-immediately", t.ID, flags)
}

// await is the command line that waits for a change to be over.
func await(t Target) string {
	return "aws elasticache wait replication-group-available --replication-group-id " + t.ID
}

// lookAt is what to do when the service left something out.
func lookAt(t Target) string {
	return "look at it with: aws elasticache describe-replication-groups --replication-group-id " + t.ID
}

// terraform names attributes of the resource that is the group.
func terraform(attributes string) string {
	return " (Terraform: aws_elasticache_replication_group, " + attributes + ")"
}
