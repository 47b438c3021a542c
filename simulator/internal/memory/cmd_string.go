package memory

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/redcon"
)

func stringCommands() []command {
	return []command{
		{"get", 2, 0, get},
		{"set", -3, write | denyOOM, setString},
		{"setnx", 3, write | denyOOM, setNX},
		{"setex", 4, write | denyOOM, setEX},
		{"psetex", 4, write | denyOOM, setEX},
		{"getdel", 2, write, getDel},
		{"strlen", 2, 0, strlen},
		{"mget", -2, 0, mget},
		{"mset", -3, write | denyOOM, mset},
		{"append", 3, write | denyOOM, appendString},
		{"incr", 2, write | denyOOM, increment},
		{"incrby", 3, write | denyOOM, increment},
		{"decr", 2, write | denyOOM, increment},
		{"decrby", 3, write | denyOOM, increment},
	}
}

func get(c *call) any {
	text, there, err := value[string](c, c.args[1])
	switch {
	case err != nil:
		return err
	case !there:
		return nil
	}
	return text
}

// setOptions are the options of SET.
type setOptions struct {
	ifAbsent, ifPresent, keepTTL, old bool
	expiry                            time.Time
}

func (c *call) setOptions(args []string) (o setOptions, err error) {
	for i := 0; i < len(args); i++ {
		switch option := strings.ToLower(args[i]); option {
		case "nx":
			o.ifAbsent = true
		case "xx":
			o.ifPresent = true
		case "keepttl":
			o.keepTTL = true
		case "get":
			o.old = true
		case "ex", "px", "exat", "pxat":
			if i++; i == len(args) || !o.expiry.IsZero() {
				return o, errSyntax
			}
			n, err := strconv.ParseInt(args[i], 10, 64)
			if err != nil {
				return o, errNotInteger
			}
			at, fits := moment(c.now, n, strings.HasPrefix(option, "p"), strings.HasSuffix(option, "at"))
			if n <= 0 || !fits {
				return o, errorf("ERR invalid expire time in 'set' command")
			}
			o.expiry = at
		default:
			return o, errSyntax
		}
	}
	if o.ifAbsent && o.ifPresent || o.keepTTL && !o.expiry.IsZero() {
		return o, errSyntax
	}
	return o, nil
}

func setString(c *call) any {
	key, text := c.args[1], c.args[2]
	o, err := c.setOptions(c.args[3:])
	if err != nil {
		return err
	}
	e := c.find(key)
	var reply any = ok
	if o.old {
		reply = get(c)
		if _, failed := reply.(error); failed {
			return reply
		}
	}
	if o.ifAbsent && e != nil || o.ifPresent && e == nil {
		if o.old {
			return reply
		}
		return nil
	}
	fresh := c.put(key, text)
	if o.keepTTL && e != nil {
		c.expireAt(fresh, e.expiry)
	}
	if !o.expiry.IsZero() {
		c.expireAt(fresh, o.expiry)
		c.as = []string{"SET", key, text, "PXAT", itoa(o.expiry.UnixMilli())}
	}
	return reply
}

func setNX(c *call) any {
	if c.find(c.args[1]) != nil {
		return redcon.SimpleInt(0)
	}
	c.put(c.args[1], c.args[2])
	return redcon.SimpleInt(1)
}

// setEX is SETEX and PSETEX.
func setEX(c *call) any {
	name := strings.ToLower(c.args[0])
	n, err := strconv.ParseInt(c.args[2], 10, 64)
	if err != nil {
		return errNotInteger
	}
	at, fits := moment(c.now, n, name == "psetex", false)
	if n <= 0 || !fits {
		return errorf("ERR invalid expire time in '%s' command", name)
	}
	c.expireAt(c.put(c.args[1], c.args[3]), at)
	c.as = []string{"SET", c.args[1], c.args[3], "PXAT", itoa(at.UnixMilli())}
	return ok
}

func getDel(c *call) any {
	reply := get(c)
	if _, found := reply.(string); found {
		c.remove(c.args[1])
		c.as = []string{"DEL", c.args[1]}
	}
	return reply
}

func strlen(c *call) any {
	text, _, err := value[string](c, c.args[1])
	if err != nil {
		return err
	}
	return redcon.SimpleInt(len(text))
}

func mget(c *call) any {
	out := make([]any, len(c.args)-1)
	for i, key := range c.args[1:] {
		if text, there, err := value[string](c, key); there && err == nil {
			out[i] = text
		}
	}
	return out
}

func mset(c *call) any {
	if len(c.args)%2 == 0 {
		return errWrongArity("mset")
	}
	for i := 1; i < len(c.args); i += 2 {
		c.put(c.args[i], c.args[i+1])
	}
	return ok
}

// replace changes a string and keeps the expiry of its key.
func (c *call) replace(key, text string) {
	var expiry time.Time
	if e := c.find(key); e != nil {
		expiry = e.expiry
	}
	c.expireAt(c.put(key, text), expiry)
}

func appendString(c *call) any {
	text, _, err := value[string](c, c.args[1])
	if err != nil {
		return err
	}
	text += c.args[2]
	c.replace(c.args[1], text)
	return redcon.SimpleInt(len(text))
}

// increment is INCR, DECR, INCRBY and DECRBY.
func increment(c *call) any {
	by := int64(1)
	if len(c.args) == 3 {
		n, err := strconv.ParseInt(c.args[2], 10, 64)
		if err != nil {
			return errNotInteger
		}
		by = n
	}
	if strings.HasPrefix(strings.ToLower(c.args[0]), "decr") {
		if by == math.MinInt64 {
			return errorf("ERR decrement would overflow")
		}
		by = -by
	}
	text, there, err := value[string](c, c.args[1])
	if err != nil {
		return err
	}
	n := int64(0)
	if there {
		if n, err = strconv.ParseInt(text, 10, 64); err != nil {
			return errNotInteger
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		return errOverflow
	}
	c.replace(c.args[1], itoa(n+by))
	return redcon.SimpleInt(n + by)
}
