package preflight

import (
	"fmt"
	"strings"
)

// targetParameterChecks are about the group's cache parameter group.
func targetParameterChecks() []Check {
	return []Check{
		{
			ID: "target.renamed-commands", Title: "The target renames no command",
			Detail: "Looks at the parameter rename-commands. Measured: a replica that does not know a write command under its own name drops it and keeps the link up, so that keys are missing in silence.",
			DocURL: pageParameters, Waivable: NeverWaived,
			Judge: onTarget("the parameter rename-commands is empty", judgeTargetRenames, "parameters.renamed_commands"),
		},
		{
			ID: "target.min-replicas", Title: "The target has the replicas that a write needs",
			Detail: "Compares the parameter min-replicas-to-write with the replicas of the group. Documented for Redis: a primary with fewer refuses writes, so that the application gets errors as soon as the target is promoted.",
			DocURL: pageParameters, Severity: Warning,
			Judge: withTarget("min-replicas-to-write is at most the number of replicas", judgeMinReplicas, "parameters.min_replicas_to_write", "node_groups"),
		},
	}
}

func judgeTargetRenames(t Target) verdict {
	if t.Parameters == nil {
		return unknown("parameters not seen: no reason was recorded", showParams)
	}
	names := t.Parameters.RenamedCommands
	if len(names) == 0 {
		return passed("none")
	}
	return failed("renamed: "+strings.Join(names, ", "), resetParameter(t, "rename-commands")+
		"; it takes effect at once on every node (documented), and can be set again after the migration")
}

func judgeMinReplicas(f Facts, t Target) verdict {
	if t.Parameters == nil {
		return unknown("parameters not seen: no reason was recorded", showParams)
	}
	need := t.Parameters.MinReplicasToWrite
	if need <= 0 {
		return passed("min-replicas-to-write 0")
	}
	if len(t.Members) == 0 || f.absent("target.members") != "" {
		return unknown(fmt.Sprintf("min-replicas-to-write %d, members %s", need, f.why("target.members")), showMembers)
	}
	if t.NodeGroups <= 0 {
		return unknown(fmt.Sprintf("min-replicas-to-write %d, number of shards not seen", need), lookAt(t))
	}
	// In cluster mode the members do not tell their roles.
	replicas := len(t.Members)/t.NodeGroups - 1
	observed := fmt.Sprintf("min-replicas-to-write %d, replicas %d", need, replicas)
	if need <= replicas {
		return passed(observed)
	}
	return failed(observed, setParameter(t, "min-replicas-to-write", fmt.Sprint(max(replicas, 0)))+
		fmt.Sprintf("; or add replicas: aws elasticache increase-replica-count --replication-group-id %s --new-replica-count %d --apply-immediately", t.ID, need))
}

// setParameter says how to give a parameter of the group another value. It is
// for parameters that can change while the group uses them.
func setParameter(t Target, name, value string) string {
	block := fmt.Sprintf("(Terraform: aws_elasticache_parameter_group, parameter { name = %q, value = %q })", name, value)
	group, prepare := parameterGroup(t)
	s := fmt.Sprintf("%saws elasticache modify-cache-parameter-group --cache-parameter-group-name %s --parameter-name-values ParameterName=%s,ParameterValue=%s",
		prepare, group, name, value)
	if prepare != "" {
		s += " && " + modify(t, "--cache-parameter-group-name "+group)
	}
	return s + " " + block
}

// resetParameter says how to give a parameter its default value again. One
// that has another value is in no default group.
func resetParameter(t Target, name string) string {
	group := ownGroup(t.ParameterGroup)
	if group == "" {
		group = "<parameter group>"
	}
	return fmt.Sprintf("aws elasticache reset-cache-parameter-group --cache-parameter-group-name %s --parameter-name-values ParameterName=%s"+
		" (Terraform: aws_elasticache_parameter_group, without the parameter %s)", group, name, name)
}

// parameterGroup returns the name of a parameter group that can be modified,
// and the beginning of the command line that makes one if the group uses a
// default one, which nobody can modify (documented).
func parameterGroup(t Target) (name, prepare string) {
	if t.ParameterGroup == "" {
		return "<parameter group>", ""
	}
	family, isDefault := strings.CutPrefix(t.ParameterGroup, "default.")
	if !isDefault {
		return t.ParameterGroup, ""
	}
	family = strings.TrimSuffix(family, ".cluster.on")
	name = t.ID + "-parameters"
	return name, fmt.Sprintf("aws elasticache create-cache-parameter-group --cache-parameter-group-name %s --cache-parameter-group-family %s --description %q && ",
		name, family, "parameters of "+t.ID)
}
