package memory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/redcon"
)

// collectionCommands are about hashes, lists and sets.
func collectionCommands() []command {
	return []command{
		{"hset", -4, write | denyOOM, hset},
		{"hget", 3, 0, hget},
		{"hdel", -3, write, hdel},
		{"hlen", 2, 0, hlen},
		{"hgetall", 2, 0, hgetall},
		{"rpush", -3, write | denyOOM, push},
		{"lpush", -3, write | denyOOM, push},
		{"llen", 2, 0, llen},
		{"lrange", 4, 0, lrange},
		{"sadd", -3, write | denyOOM, sadd},
		{"srem", -3, write, srem},
		{"scard", 2, 0, scard},
		{"smembers", 2, 0, smembers},
	}
}

// collection returns the value of a key, and makes one if there is none.
func collection[T any](c *call, key string, fresh *T) (*T, error) {
	v, there, err := value[*T](c, key)
	if err == nil && !there {
		c.put(key, fresh)
		return fresh, nil
	}
	return v, err
}

func hset(c *call) any {
	if len(c.args)%2 != 0 {
		return errWrongArity("hset")
	}
	h, err := collection(c, c.args[1], &hash{})
	if err != nil {
		return err
	}
	added := 0
	for i := 2; i < len(c.args); i += 2 {
		if at := slices.Index(h.names, c.args[i]); at >= 0 {
			h.values[at] = c.args[i+1]
			continue
		}
		h.names, h.values = append(h.names, c.args[i]), append(h.values, c.args[i+1])
		added++
	}
	c.dirty = true
	return redcon.SimpleInt(added)
}

func hget(c *call) any {
	h, there, err := value[*hash](c, c.args[1])
	if err != nil {
		return err
	}
	if there {
		if at := slices.Index(h.names, c.args[2]); at >= 0 {
			return h.values[at]
		}
	}
	return nil
}

func hdel(c *call) any {
	h, there, err := value[*hash](c, c.args[1])
	if err != nil {
		return err
	}
	gone := 0
	for _, name := range c.args[2:] {
		if !there {
			break
		}
		if at := slices.Index(h.names, name); at >= 0 {
			h.names, h.values = slices.Delete(h.names, at, at+1), slices.Delete(h.values, at, at+1)
			gone++
			c.dirty = true
		}
	}
	if there && len(h.names) == 0 {
		c.remove(c.args[1])
	}
	return redcon.SimpleInt(gone)
}

func hlen(c *call) any {
	h, there, err := value[*hash](c, c.args[1])
	if err != nil {
		return err
	}
	if !there {
		return redcon.SimpleInt(0)
	}
	return redcon.SimpleInt(len(h.names))
}

func hgetall(c *call) any {
	h, there, err := value[*hash](c, c.args[1])
	if err != nil {
		return err
	}
	out := []any{}
	if there {
		for i, name := range h.names {
			out = append(out, name, h.values[i])
		}
	}
	return out
}

// push is RPUSH and LPUSH.
func push(c *call) any {
	l, err := collection(c, c.args[1], &list{})
	if err != nil {
		return err
	}
	for _, item := range c.args[2:] {
		if strings.EqualFold(c.args[0], "lpush") {
			l.items = slices.Insert(l.items, 0, item)
		} else {
			l.items = append(l.items, item)
		}
	}
	c.dirty = true
	return redcon.SimpleInt(len(l.items))
}

func llen(c *call) any {
	l, there, err := value[*list](c, c.args[1])
	if err != nil {
		return err
	}
	if !there {
		return redcon.SimpleInt(0)
	}
	return redcon.SimpleInt(len(l.items))
}

func lrange(c *call) any {
	from, err := strconv.Atoi(c.args[2])
	if err != nil {
		return errNotInteger
	}
	to, err := strconv.Atoi(c.args[3])
	if err != nil {
		return errNotInteger
	}
	l, there, err := value[*list](c, c.args[1])
	if err != nil {
		return err
	}
	if !there {
		return []any{}
	}
	n := len(l.items)
	if from < 0 {
		from = max(from+n, 0)
	}
	if to < 0 {
		to += n
	}
	if to = min(to, n-1); from > to {
		return []any{}
	}
	return slices.Clone(l.items[from : to+1])
}

func sadd(c *call) any {
	s, err := collection(c, c.args[1], &set{})
	if err != nil {
		return err
	}
	added := 0
	for _, member := range c.args[2:] {
		if at, found := slices.BinarySearch(s.members, member); !found {
			s.members = slices.Insert(s.members, at, member)
			added++
			c.dirty = true
		}
	}
	return redcon.SimpleInt(added)
}

func srem(c *call) any {
	s, there, err := value[*set](c, c.args[1])
	if err != nil {
		return err
	}
	gone := 0
	for _, member := range c.args[2:] {
		if !there {
			break
		}
		if at, found := slices.BinarySearch(s.members, member); found {
			s.members = slices.Delete(s.members, at, at+1)
			gone++
			c.dirty = true
		}
	}
	if there && len(s.members) == 0 {
		c.remove(c.args[1])
	}
	return redcon.SimpleInt(gone)
}

func scard(c *call) any {
	s, there, err := value[*set](c, c.args[1])
	if err != nil {
		return err
	}
	if !there {
		return redcon.SimpleInt(0)
	}
	return redcon.SimpleInt(len(s.members))
}

func smembers(c *call) any {
	s, there, err := value[*set](c, c.args[1])
	if err != nil {
		return err
	}
	if !there {
		return []any{}
	}
	return slices.Clone(s.members)
}
