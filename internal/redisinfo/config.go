package redisinfo

import "fmt"

// ParseConfig parses the reply of CONFIG GET: name and value in turn, as RESP2
// sends it, or a map as RESP3 does. An unknown parameter yields an empty map,
// which is how servers answer.
func ParseConfig(reply any) (map[string]string, error) {
	out := map[string]string{}
	switch r := reply.(type) {
	case []any:
		if len(r)%2 != 0 {
			return nil, fmt.Errorf("redisinfo: CONFIG GET: %d elements, want pairs", len(r))
		}
		for i := 0; i < len(r); i += 2 {
			if err := pair(out, r[i], r[i+1]); err != nil {
				return nil, err
			}
		}
	case map[any]any:
		for k, v := range r {
			if err := pair(out, k, v); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("redisinfo: CONFIG GET: reply is %T, not a list of pairs", reply)
	}
	return out, nil
}

func pair(out map[string]string, k, v any) error {
	name, ok1 := k.(string)
	value, ok2 := v.(string)
	if !ok1 || !ok2 {
		return fmt.Errorf("redisinfo: CONFIG GET: pair of %T and %T, want strings", k, v)
	}
	out[name] = value
	return nil
}
