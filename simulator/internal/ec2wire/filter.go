package ec2wire

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Filters returns the request's filters by name. A name that is given twice
// counts once, with the values of both (assumed).
func (q Request) Filters() (map[string][]string, error) {
	out := map[string][]string{}
	for key := range q.values {
		number, ok := strings.CutSuffix(key, ".Name")
		if !ok || !strings.HasPrefix(number, "Filter.") {
			continue
		}
		if _, err := strconv.Atoi(strings.TrimPrefix(number, "Filter.")); err != nil {
			continue
		}
		name := q.values.Get(key)
		values := q.List(number + ".Value")
		if len(values) == 0 {
			return nil, InvalidValue("The filter '%s' has no values", clip(name))
		}
		out[name] = append(out[name], values...)
	}
	return out, nil
}

// Attributes gives, by the name of a filter, what a filter looks at in an item.
type Attributes[T any] map[string]func(T) []string

// Select returns the items that pass all filters. A filter is passed if one of
// its values matches one of the item's; "*" and "?" in it are wildcards, a
// backslash takes their meaning (documented). A filter that is not among the
// attributes is an InvalidParameterValue; filters by tag match nothing, since
// nothing has tags.
func Select[T any](q Request, items []T, attributes Attributes[T]) ([]T, error) {
	filters, err := q.Filters()
	if err != nil {
		return nil, err
	}
	for name, values := range filters {
		attribute, ok := attributes[name]
		if !ok && (name == "tag-key" || strings.HasPrefix(name, "tag:")) {
			attribute, ok = func(T) []string { return nil }, true
		}
		if !ok {
			return nil, InvalidValue("The filter '%s' is invalid", clip(name))
		}
		var kept []T
		for _, item := range items {
			if matchAny(values, attribute(item)) {
				kept = append(kept, item)
			}
		}
		items = kept
	}
	return items, nil
}

func matchAny(patterns, values []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return match(p, v) })
	})
}

// match tells whether a filter's value covers s, upper and lower case apart.
func match(pattern, s string) bool {
	if !strings.ContainsAny(pattern, `*?\`) {
		return pattern == s
	}
	var expr strings.Builder
	expr.WriteString(`(?s)\A`)
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			expr.WriteString(`.*`)
		case c == '?':
			expr.WriteString(`.`)
		case c == '\\' && i+1 < len(pattern):
			i++
			expr.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			expr.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	expr.WriteString(`\z`)
	ok, err := regexp.MatchString(expr.String(), s)
	return err == nil && ok
}
