package target

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/preflight"
)

const opParameters = "DescribeCacheParameters"

// mostRecords is the greatest page of the service (documented): most parameter
// groups fit on one.
const mostRecords = 100

var errNoParameter = errors.New("no parameter")

// parameterValues are the values of a parameter group, those of one node type
// included. A parameter without a value is there, and empty.
type parameterValues map[string]string

// parameters reads all values of the parameter group of that name.
func (g *Group) parameters(ctx context.Context, name, nodeType string) (parameterValues, error) {
	values := parameterValues{}
	var marker *string
	for {
		var out *elasticache.DescribeCacheParametersOutput
		err := g.part(ctx, func(ctx context.Context) (err error) {
			out, err = g.api.DescribeCacheParameters(ctx, &elasticache.DescribeCacheParametersInput{
				CacheParameterGroupName: aws.String(name), MaxRecords: aws.Int32(mostRecords), Marker: marker,
			}, once)
			return err
		})
		if err != nil {
			return nil, g.failed(opParameters+" "+name, err)
		}
		for _, p := range out.Parameters {
			values[aws.ToString(p.ParameterName)] = aws.ToString(p.ParameterValue)
		}
		for _, p := range out.CacheNodeTypeSpecificParameters {
			for _, v := range p.CacheNodeTypeSpecificValues {
				if aws.ToString(v.CacheNodeType) == nodeType {
					values[aws.ToString(p.ParameterName)] = aws.ToString(v.Value)
				}
			}
		}
		if marker = out.Marker; last(marker) {
			return values, nil
		}
	}
}

// takeParameters reads the values that a migration depends on. One that is
// absent or no number is a gap of its own.
func (p *portrait) takeParameters(values parameterValues) {
	miss := func(err error, field string) {
		p.miss(fmt.Errorf("%s: %s %s: %w", p.group, opParameters, p.facts.ParameterGroup, err), field)
	}
	number := func(field string, names ...string) int64 {
		n, err := values.number(names...)
		if err != nil {
			miss(err, field)
		}
		return n
	}
	p.facts.Databases = int(number("databases", "databases"))
	out := &preflight.Parameters{
		MaxMemoryPolicy: values["maxmemory-policy"],
		RenamedCommands: renamed(values["rename-commands"]),
	}
	if out.MaxMemoryPolicy == "" {
		miss(fmt.Errorf("%w maxmemory-policy", errNoParameter), "parameters.maxmemory_policy")
	}
	out.MinReplicasToWrite = int(number("parameters.min_replicas_to_write", "min-replicas-to-write", "min-slaves-to-write"))
	out.MaxMemory = number("parameters.maxmemory", "maxmemory")
	percent, err := values.reservedPercent(out.MaxMemory)
	if err != nil {
		miss(err, "parameters.reserved_memory_percent")
	}
	out.ReservedMemoryPercent = percent
	p.facts.Parameters = out
}

// renamed returns every other word of the parameter rename-commands: old and new
// names take turns, and new ones are not to be shown. It does not exist before
// 5.0.6 (documented): then none is renamed.
func renamed(value string) []string {
	var names []string
	for i, word := range strings.Fields(value) {
		if i%2 == 0 {
			names = append(names, word)
		}
	}
	return names
}

// number is the value of the first of these parameters that is there; engines
// before 5.0 have other names for some (documented).
func (v parameterValues) number(names ...string) (int64, error) {
	for _, name := range names {
		value, ok := v[name]
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("%s is %q, want a number of 0 or more", name, value)
		}
		return n, nil
	}
	return 0, fmt.Errorf("%w %s", errNoParameter, names[0])
}

// reservedPercent is the part of maxmemory that is kept for other than data, in
// percent rounded up; -1 if it cannot be told. An account has the reserve as
// reserved-memory-percent or as reserved-memory in bytes (documented); of a
// group that sets both the greater counts (assumed, as the careful reading).
func (v parameterValues) reservedPercent(maxMemory int64) (int, error) {
	percent, percentErr := v.number("reserved-memory-percent")
	bytes, bytesErr := v.number("reserved-memory")
	for _, err := range []error{percentErr, bytesErr} {
		if err != nil && !errors.Is(err, errNoParameter) {
			return -1, err
		}
	}
	if percentErr != nil && bytesErr != nil {
		return -1, percentErr
	}
	if bytes > 0 {
		if maxMemory <= 0 {
			return -1, fmt.Errorf("reserved-memory is %d bytes of a maxmemory that is not known", bytes)
		}
		percent = max(percent, int64(math.Ceil(float64(bytes)*100/float64(maxMemory))))
	}
	return int(min(percent, 100)), nil
}
