package redisinfo

import (
	"strconv"
	"strings"
)

// Keyspace is what INFO says of one logical database.
type Keyspace struct {
	// Keys is the number of keys, those with an expiry included.
	Keys int64
	// Expires is the number of keys that have an expiry.
	Expires int64
}

// Keyspace returns the logical databases that hold keys, by number; a database
// without keys is not listed by the server. It is never nil.
func (i Info) Keyspace() map[int]Keyspace {
	out := map[int]Keyspace{}
	for field, value := range i.fields {
		db, ok := numbered(field, "db")
		if !ok {
			continue
		}
		attrs := attributes(value)
		keys, err := strconv.ParseInt(attrs["keys"], 10, 64)
		if err != nil {
			continue
		}
		expires, err := strconv.ParseInt(attrs["expires"], 10, 64)
		if err != nil {
			expires = 0
		}
		out[db] = Keyspace{Keys: keys, Expires: expires}
	}
	return out
}

// numbered splits names such as "db3" and "slave0" into prefix and number.
func numbered(field, prefix string) (int, bool) {
	digits, ok := strings.CutPrefix(field, prefix)
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// attributes splits "a=1,b=2".
func attributes(value string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(value, ",") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			out[k] = v
		}
	}
	return out
}
