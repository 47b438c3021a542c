package redisinfo

import "fmt"

// ParseModules parses the reply of MODULE LIST and returns the modules' names.
func ParseModules(reply any) ([]string, error) {
	list, ok := reply.([]any)
	if !ok {
		return nil, fmt.Errorf("redisinfo: MODULE LIST: reply is %T, not a list", reply)
	}
	out := make([]string, 0, len(list))
	for _, entry := range list {
		module, err := moduleFields(entry)
		if err != nil {
			return nil, err
		}
		name, ok := module["name"].(string)
		if !ok {
			return nil, fmt.Errorf("redisinfo: MODULE LIST: %v has no name", entry)
		}
		out = append(out, name)
	}
	return out, nil
}

// moduleFields are the names and values in turn of one module, or a map as
// RESP3 sends it.
func moduleFields(entry any) (map[any]any, error) {
	switch e := entry.(type) {
	case map[any]any:
		return e, nil
	case []any:
		out := map[any]any{}
		for i := 0; i+1 < len(e); i += 2 {
			if name, ok := e[i].(string); ok {
				out[name] = e[i+1]
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("redisinfo: MODULE LIST: entry is %T, not a module", entry)
}

// ParseNames parses a reply that is a list of strings, such as that of ACL
// USERS.
func ParseNames(reply any) ([]string, error) {
	list, ok := reply.([]any)
	if !ok {
		return nil, fmt.Errorf("redisinfo: reply is %T, not a list of names", reply)
	}
	out := make([]string, 0, len(list))
	for _, entry := range list {
		name, ok := entry.(string)
		if !ok {
			return nil, fmt.Errorf("redisinfo: %v (%T) is not a name", entry, entry)
		}
		out = append(out, name)
	}
	return out, nil
}
