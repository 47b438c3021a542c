package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ParameterGroup is a named set of engine parameters.
type ParameterGroup struct {
	// Name is kept in lower case. Required.
	Name string
	// Family is the engine version it is for: "redis4.0", "redis5.0",
	// "redis6.x", "redis7" (default), "valkey7" or "valkey8".
	Family string
	// Values are the parameters that differ from the family's defaults. Names
	// must be known and modifiable; values must fit the parameter's kind.
	Values map[string]string
}

// parameterGroup is a stored group, of an account's default ones if values is nil.
type parameterGroup struct {
	name   string
	family string
	values map[string]string
}

func families() []string {
	return []string{"redis4.0", "redis5.0", "redis6.x", "redis7", "valkey7", "valkey8"}
}

// CreateParameterGroup adds a parameter group. All problems are reported at once.
func (s *Sim) CreateParameterGroup(g ParameterGroup) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addParameterGroup(g)
}

func (s *Sim) addParameterGroup(g ParameterGroup) error {
	g.Name = strings.ToLower(g.Name)
	if g.Family == "" {
		g.Family = "redis7"
	}
	var problems []error
	if g.Name == "" || strings.HasPrefix(g.Name, "default.") {
		problems = append(problems, fmt.Errorf("simulator: ParameterGroup.Name is %q, want a name that does not begin with \"default.\"", g.Name))
	}
	if _, taken := s.parameterGroups[g.Name]; taken {
		problems = append(problems, fmt.Errorf("simulator: ParameterGroup.Name %q exists", g.Name))
	}
	if !slices.Contains(families(), g.Family) {
		problems = append(problems, fmt.Errorf("simulator: ParameterGroup.Family is %q, want one of %v", g.Family, families()))
	}
	for _, name := range slices.Sorted(maps.Keys(g.Values)) {
		problems = append(problems, checkParameter(name, g.Values[name]))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	values := maps.Clone(g.Values)
	if values == nil {
		values = map[string]string{}
	}
	s.parameterGroups[g.Name] = parameterGroup{name: g.Name, family: g.Family, values: values}
	return nil
}

func checkParameter(name, value string) error {
	p, ok := findParameter(name)
	switch {
	case !ok:
		return fmt.Errorf("simulator: ParameterGroup.Values: no parameter %q", name)
	case !p.modifiable:
		return fmt.Errorf("simulator: ParameterGroup.Values: %q cannot be modified", name)
	case !p.accepts(value):
		return fmt.Errorf("simulator: ParameterGroup.Values: %q is %q, want %s of %s", name, value, p.kind, p.allowed)
	}
	return nil
}

// value returns the group's value of a known parameter.
func (p parameterGroup) value(name string) string {
	if v, ok := p.values[name]; ok {
		return v
	}
	e, _ := findParameter(name)
	return e.value
}

// usable returns what the reserve leaves of a node's memory. An account has
// the reserve as a percentage or in bytes (documented); of a group that sets
// both the greater counts (assumed).
func (p parameterGroup) usable(memory int64) int64 {
	percent, bytes := p.number("reserved-memory-percent"), p.number("reserved-memory")
	return max(min(memory/100*(100-percent), memory-bytes), 0)
}

// number returns the group's value of a known parameter that is an integer, as
// was checked when the group was made.
func (p parameterGroup) number(name string) int64 {
	n, err := strconv.ParseInt(p.value(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// config returns the parameters that the engine itself knows as lines of its configuration.
func (p parameterGroup) config() string {
	var b strings.Builder
	for _, e := range engineParameters() {
		if e.engine {
			fmt.Fprintf(&b, "%s %q\n", e.name, p.value(e.name))
		}
	}
	return b.String()
}

// parametersFor finds or makes the parameter group of a new replication group,
// and completes spec by it.
func (s *Sim) parametersFor(spec *ReplicationGroup) (parameterGroup, error) {
	family := "redis7"
	switch {
	case spec.Engine == "valkey" && strings.HasPrefix(spec.EngineVersion, "7"):
		family = "valkey7"
	case spec.Engine == "valkey":
		family = "valkey8"
	case strings.HasPrefix(spec.EngineVersion, "4"):
		family = "redis4.0"
	case strings.HasPrefix(spec.EngineVersion, "5"):
		family = "redis5.0"
	case strings.HasPrefix(spec.EngineVersion, "6"):
		family = "redis6.x"
	}
	named := spec.ParameterGroup != ""
	if !named {
		spec.ParameterGroup = "default." + family
	}
	p, ok := s.parameterGroups[spec.ParameterGroup]
	if !ok {
		return p, fmt.Errorf("simulator: ReplicationGroup.ParameterGroup %q does not exist", spec.ParameterGroup)
	}
	has := p.value("databases")
	want := strconv.Itoa(spec.Databases)
	switch {
	case spec.Databases == 0 || want == has:
		n, err := strconv.Atoi(has)
		spec.Databases = n
		return p, err
	case named:
		return p, fmt.Errorf("simulator: ReplicationGroup.Databases is %s, but its parameter group %q says %s", want, p.name, has)
	}
	spec.ParameterGroup = spec.ID + "-parameters"
	err := s.addParameterGroup(ParameterGroup{Name: spec.ParameterGroup, Family: family, Values: map[string]string{"databases": want}})
	return s.parameterGroups[spec.ParameterGroup], err
}
