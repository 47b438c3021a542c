package simulator

import (
	"slices"
	"strconv"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// Where a parameter's value comes from (documented).
const (
	valueFromUser   = "user"
	valueFromSystem = "system"
	valueFromEngine = "engine-default"
)

const minimumEngine = "5.0.0"

func (s *Sim) describeParameters(q wire.Request) (any, error) {
	name, err := q.RequiredID("CacheParameterGroupName")
	if err != nil {
		return nil, err
	}
	g, ok := s.parameterGroups[name]
	if !ok {
		return nil, wire.NewError("CacheParameterGroupNotFound", "CacheParameterGroup not found: %s", name)
	}
	from := q.String("Source")
	if sources := []string{valueFromUser, valueFromSystem, valueFromEngine}; from != "" && !slices.Contains(sources, from) {
		return nil, wire.InvalidValue("Source must be one of %v", sources)
	}
	var found []wire.Parameter
	for _, p := range engineParameters() {
		if shape := g.shape(p); from == "" || from == shape.Source {
			found = append(found, shape)
		}
	}
	page, marker, err := wire.Page(q, found, func(p wire.Parameter) string { return p.ParameterName })
	if err != nil {
		return nil, err
	}
	result := wire.DescribeCacheParametersResult{Marker: marker, Parameters: page}
	// The node type's values come once, with the first page (assumed).
	if q.String("Marker") == "" && (from == "" || from == valueFromSystem) {
		result.NodeTypeParameters = nodeTypeParameters()
	}
	return result, nil
}

func (p parameterGroup) shape(e engineParameter) wire.Parameter {
	out := wire.Parameter{
		ParameterName:        e.name,
		ParameterValue:       p.value(e.name),
		Source:               valueFromSystem,
		DataType:             e.kind,
		AllowedValues:        e.allowed,
		IsModifiable:         e.modifiable,
		MinimumEngineVersion: minimumEngine,
		ChangeType:           "immediate",
	}
	if _, changed := p.values[e.name]; changed {
		out.Source = valueFromUser
	}
	if e.name == "databases" {
		out.ChangeType = "requires-reboot"
	}
	return out
}

// nodeTypeParameters are the parameters that follow from the node type: a
// replica's output buffer may hold a tenth of the memory (documented).
func nodeTypeParameters() []wire.NodeTypeParameter {
	parameter := func(name string, part int64) wire.NodeTypeParameter {
		p := wire.NodeTypeParameter{
			ParameterName: name, Source: valueFromSystem, DataType: "integer", AllowedValues: "0-",
			MinimumEngineVersion: minimumEngine, ChangeType: "immediate",
		}
		for _, t := range nodeTypes() {
			value := strconv.FormatInt(nodeMemory(t)/part, 10)
			p.Values = append(p.Values, wire.NodeTypeValue{CacheNodeType: t, Value: value})
		}
		return p
	}
	return []wire.NodeTypeParameter{
		parameter("client-output-buffer-limit-replica-hard-limit", 10),
		parameter("client-output-buffer-limit-replica-soft-limit", 10),
		parameter("maxmemory", 1),
	}
}
