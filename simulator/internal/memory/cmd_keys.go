package memory

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/redcon"
)

// keyCommands are about keys, whatever they hold.
func keyCommands() []command {
	return []command{
		{"del", -2, write, del},
		{"unlink", -2, write, del},
		{"exists", -2, 0, exists},
		{"type", 2, 0, typeOf},
		{"keys", 2, 0, keys},
		{"scan", -2, 0, scan},
		{"randomkey", 1, 0, randomKey},
		{"expire", -3, write, expire},
		{"pexpire", -3, write, expire},
		{"expireat", -3, write, expire},
		{"pexpireat", -3, write, expire},
		{"persist", 2, write, persist},
		{"ttl", 2, 0, ttl},
		{"pttl", 2, 0, ttl},
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func del(c *call) any {
	n := 0
	for _, key := range c.args[1:] {
		if c.remove(key) {
			n++
		}
	}
	return redcon.SimpleInt(n)
}

func exists(c *call) any {
	n := 0
	for _, key := range c.args[1:] {
		if c.find(key) != nil {
			n++
		}
	}
	return redcon.SimpleInt(n)
}

func typeOf(c *call) any {
	e := c.find(c.args[1])
	if e == nil {
		return redcon.SimpleString("none")
	}
	return redcon.SimpleString(typeName(e.value))
}

func typeName(value any) string {
	switch value.(type) {
	case *hash:
		return "hash"
	case *list:
		return "list"
	case *set:
		return "set"
	}
	return "string"
}

func keys(c *call) any {
	out := []any{}
	for _, key := range c.keyspace().sorted() {
		if ok, err := path.Match(c.args[1], key); err == nil && ok && !c.keyspace()[key].expired(c.now) {
			out = append(out, key)
		}
	}
	return out
}

func randomKey(c *call) any {
	for _, key := range c.keyspace().sorted() {
		if !c.keyspace()[key].expired(c.now) {
			return key
		}
	}
	return nil
}

func scan(c *call) any {
	cursor, err := strconv.ParseUint(c.args[1], 10, 64)
	if err != nil {
		return errCursor
	}
	count, pattern, kind := 10, "*", ""
	for rest := c.args[2:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) < 2 {
			return errSyntax
		}
		switch strings.ToLower(rest[0]) {
		case "count":
			if count, err = strconv.Atoi(rest[1]); err != nil {
				return errNotInteger
			}
			if count < 1 {
				return errSyntax
			}
		case "match":
			pattern = rest[1]
		case "type":
			kind = strings.ToLower(rest[1])
		default:
			return errSyntax
		}
	}
	found, next := c.keyspace().scan(cursor, count)
	out := []any{}
	for _, key := range found {
		e := c.keyspace()[key]
		ok, err := path.Match(pattern, key)
		if err == nil && ok && !e.expired(c.now) && (kind == "" || kind == typeName(e.value)) {
			out = append(out, key)
		}
	}
	return []any{strconv.FormatUint(next, 10), out}
}

// expire is EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT. In the stream they are
// PEXPIREAT, so that all servers agree on the moment.
func expire(c *call) any {
	name := strings.ToLower(c.args[0])
	n, err := strconv.ParseInt(c.args[2], 10, 64)
	if err != nil {
		return errNotInteger
	}
	at, fits := moment(c.now, n, strings.HasPrefix(name, "p"), strings.HasSuffix(name, "at"))
	if !fits {
		return errorf("ERR invalid expire time in '%s' command", name)
	}
	e := c.find(c.args[1])
	if e == nil {
		return redcon.SimpleInt(0)
	}
	if len(c.args) > 3 {
		apply, err := expireCondition(e, at, c.args[3:])
		if err != nil {
			return err
		}
		if !apply {
			return redcon.SimpleInt(0)
		}
	}
	if !at.After(c.now) && c.client != nil {
		c.remove(c.args[1])
		c.as = []string{"DEL", c.args[1]}
		return redcon.SimpleInt(1)
	}
	c.expireAt(e, at)
	c.as = []string{"PEXPIREAT", c.args[1], itoa(at.UnixMilli())}
	return redcon.SimpleInt(1)
}

// moment is the time that an expiry of n stands for.
func moment(now time.Time, n int64, milliseconds, absolute bool) (at time.Time, ok bool) {
	const most = 1 << 62 / int64(time.Microsecond)
	if !milliseconds {
		if n > most/1000 || n < -most/1000 {
			return at, false
		}
		n *= 1000
	}
	if n > most || n < -most {
		return at, false
	}
	if absolute {
		return time.UnixMilli(n), true
	}
	return time.UnixMilli(now.UnixMilli() + n), true
}

// expireCondition judges NX, XX, GT and LT.
func expireCondition(e *entry, at time.Time, options []string) (bool, error) {
	apply := true
	for _, option := range options {
		switch strings.ToLower(option) {
		case "nx":
			apply = apply && e.expiry.IsZero()
		case "xx":
			apply = apply && !e.expiry.IsZero()
		case "gt":
			apply = apply && !e.expiry.IsZero() && at.After(e.expiry)
		case "lt":
			apply = apply && (e.expiry.IsZero() || at.Before(e.expiry))
		default:
			return false, errorf("ERR Unsupported option %s", option)
		}
	}
	return apply, nil
}

func persist(c *call) any {
	e := c.find(c.args[1])
	if e == nil || e.expiry.IsZero() {
		return redcon.SimpleInt(0)
	}
	c.expireAt(e, time.Time{})
	return redcon.SimpleInt(1)
}

func ttl(c *call) any {
	e := c.find(c.args[1])
	switch {
	case e == nil:
		return redcon.SimpleInt(-2)
	case e.expiry.IsZero():
		return redcon.SimpleInt(-1)
	}
	left := e.expiry.UnixMilli() - c.now.UnixMilli()
	if strings.EqualFold(c.args[0], "ttl") {
		left = (left + 500) / 1000
	}
	return redcon.SimpleInt(left)
}
