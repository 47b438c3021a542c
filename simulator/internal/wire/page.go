package wire

import "encoding/base64"

// Bounds of MaxRecords on every describe operation (documented).
const (
	minRecords = 20
	maxRecords = 100
)

// Page returns the part of items that the request asks for by MaxRecords and
// Marker, and the marker of the next part, empty on the last one. The marker
// names the last item already given, by key, so that items which appear in
// front meanwhile (new events) neither repeat nor hide others.
func Page[T any](q Request, items []T, key func(T) string) ([]T, string, error) {
	limit, err := q.Int("MaxRecords", maxRecords, minRecords, maxRecords)
	if err != nil {
		return nil, "", err
	}
	if marker := q.String("Marker"); marker != "" {
		last, err := base64.RawURLEncoding.DecodeString(marker)
		start := -1
		for i := range items {
			if err == nil && key(items[i]) == string(last) {
				start = i + 1
				break
			}
		}
		if start < 0 {
			return nil, "", InvalidValue("The parameter Marker %q is not valid", clip(marker))
		}
		items = items[start:]
	}
	if len(items) <= limit {
		return items, "", nil
	}
	items = items[:limit]
	return items, base64.RawURLEncoding.EncodeToString([]byte(key(items[limit-1]))), nil
}
