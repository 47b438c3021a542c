package ec2wire

import (
	"encoding/base64"
	"strings"
)

// Limits bounds a page of an operation.
type Limits struct {
	// Least and Most are the values that MaxResults may have (documented, each
	// operation its own).
	Least, Most int
	// Cap is the most that is answered, whatever is asked for. 0: no cap.
	Cap int
}

// Page returns the part of items that the request asks for by MaxResults and
// NextToken, and the token of the next part, empty on the last one. Without
// MaxResults it is all of them (documented for security groups, assumed for the
// rest). A token names the last item given; one of another operation, or one
// that was never given out, is an InvalidPaginationToken.
func Page[T any](q Request, items []T, id func(T) string, limits Limits) ([]T, string, error) {
	size, err := q.Int("MaxResults", len(items), limits.Least, limits.Most)
	if err != nil {
		return nil, "", err
	}
	if limits.Cap > 0 {
		size = min(size, limits.Cap)
	}
	if token := q.String("NextToken"); token != "" {
		start := -1
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if last, ok := strings.CutPrefix(string(raw), q.Action+" "); ok && err == nil {
			for i := range items {
				if id(items[i]) == last {
					start = i + 1
				}
			}
		}
		if start < 0 {
			return nil, "", NewError("InvalidPaginationToken", "The specified pagination token is not valid")
		}
		items = items[start:]
	}
	if len(items) <= size {
		return items, "", nil
	}
	items = items[:size]
	return items, base64.RawURLEncoding.EncodeToString([]byte(q.Action + " " + id(items[size-1]))), nil
}
