package memory

import (
	"strings"
	"time"

	"github.com/tidwall/redcon"
)

// flag is a property of a command.
type flag int

const (
	write     flag = 1 << iota // changes data
	denyOOM                    // refused when memory is short
	loadingOK                  // answered while data are being loaded
	noAuth                     // answered before AUTH
	noMulti                    // not queued in a transaction
	operator                   // taken from clients of a member of a group
	denied                     // refused by ACL on a member of a group
)

// command is one row of the command table.
type command struct {
	name  string
	arity int // number of arguments with the name; negative: at least
	flags flag
	run   func(*call) any
}

func (c *command) has(f flag) bool { return c.flags&f != 0 }

// call is one execution of a command.
type call struct {
	server *Server
	client *client // nil for the replication stream
	args   []string
	db     int
	now    time.Time

	dirty bool     // data were changed: the command goes into the stream
	as    []string // what goes into the stream instead, if not nil
}

// keyspace returns the selected database.
func (c *call) keyspace() keyspace { return c.server.data.db(c.db) }

// find returns a key's entry. What has expired is not found; a replica keeps it
// until its primary deletes it.
func (c *call) find(key string) *entry {
	e := c.keyspace()[key]
	found := e != nil && (c.client == nil || !e.expired(c.now))
	switch {
	case c.client == nil:
	case found:
		c.server.stats.hits++
	default:
		c.server.stats.misses++
	}
	if !found {
		return nil
	}
	return e
}

// put stores a value under a key, and keeps no expiry.
func (c *call) put(key string, value any) *entry {
	e := &entry{value: value}
	c.keyspace()[key] = e
	c.dirty = true
	return e
}

// remove deletes a key and reports whether it was there.
func (c *call) remove(key string) bool {
	if c.find(key) == nil {
		return false
	}
	delete(c.keyspace(), key)
	c.dirty = true
	return true
}

// expireAt sets an entry's expiry, none if at is zero.
func (c *call) expireAt(e *entry, at time.Time) {
	e.expiry = at
	c.dirty = true
	if !at.IsZero() {
		c.server.expireBy(at)
	}
}

// value returns the value of a key as T, and whether the key is there.
func value[T any](c *call, key string) (v T, there bool, err error) {
	e := c.find(key)
	if e == nil {
		return v, false, nil
	}
	v, fits := e.value.(T)
	if !fits {
		return v, true, errWrongType
	}
	return v, true, nil
}

// lookup finds the command that clients reach by a name, nil if the server does
// not have it.
func (s *Server) lookup(name string) *command {
	if c := s.called(name); c != nil && s.has(c) {
		return c
	}
	return nil
}

// has reports whether a server of this kind and version has a command.
func (s *Server) has(c *command) bool {
	return !(s.spec.Kind == Member && c.has(operator)) && s.version.has(s.world.since[c.name])
}

// table returns all commands by their names, and the versions that they came
// with.
func table() (commands map[string]*command, came map[string]versions) {
	commands, came = map[string]*command{}, map[string]versions{}
	for _, group := range [][]command{
		connectionCommands(), serverCommands(), replicationCommands(), transactionCommands(),
		keyCommands(), stringCommands(), collectionCommands(), functionCommands(), adminCommands(),
	} {
		for _, c := range group {
			commands[c.name], came[c.name] = &c, since(c.name)
		}
	}
	for _, r := range rest() {
		for _, c := range r.commands() {
			commands[c.name], came[c.name] = &c, r.since
		}
	}
	return commands, came
}

// process does a command of a client. If the server is paused for it, it does
// nothing, and the command has to be parked.
func (s *Server) process(c *client, args []string) (reply any, park bool) {
	s.stats.commands++
	s.stats.input += respSize(args)
	cmd := s.lookup(args[0])
	if refused := s.refuses(c, cmd, args); refused != nil {
		s.stats.errors++
		if c.queued != nil {
			c.queued.broken = true
		}
		if cmd != nil && cmd.name == "exec" && c.queued != nil {
			c.queued = nil
			return errorf("EXECABORT Transaction discarded because of: %s", strings.TrimPrefix(refused.Error(), "-")), false
		}
		return refused, false
	}
	if s.pause.on && (s.pause.all || s.writes(c, cmd, args)) {
		return nil, true
	}
	if c.queued != nil && !cmd.has(noMulti) {
		c.queued.commands = append(c.queued.commands, args)
		return redcon.SimpleString("QUEUED"), false
	}
	if cmd.name == "exec" {
		defer s.count(cmd, args)
		return s.exec(c), false
	}
	call := s.call(cmd, c, args)
	if call.dirty {
		s.feed([]change{call.change()})
		s.acknowledgeWrite(c)
	}
	reply = call.reply
	if _, isError := reply.(error); isError {
		s.stats.errors++
	}
	return reply, false
}

// done is a call that was made.
type done struct {
	*call
	reply any
}

// call runs a command.
func (s *Server) call(cmd *command, c *client, args []string) done {
	k := &call{server: s, client: c, args: args, now: s.world.at, db: c.db}
	if !strings.EqualFold(args[0], cmd.name) { // renamed: it goes into the stream as it was called
		k.args, k.as = append([]string{cmd.name}, args[1:]...), args
	}
	reply := cmd.run(k)
	s.count(cmd, args)
	if k.dirty {
		s.stats.dirty++
		s.changes++
	}
	return done{k, reply}
}

// change is what the call puts into the stream.
func (c *call) change() change {
	if c.as != nil {
		return change{c.db, c.as}
	}
	return change{c.db, c.args}
}

// acknowledgeWrite notes that a client is told that its write is done.
func (s *Server) acknowledgeWrite(c *client) {
	s.acked = s.offset
	c.written = s.offset
}

// perform does what the stream says, on a replica.
func (s *Server) perform(o op) {
	for _, change := range o.changes {
		db := change.db
		if db >= s.databases() { // SELECT fails, and what follows lands elsewhere
			s.stats.unexpected++
			db = max(s.streamDB, 0)
		}
		s.streamDB = db
		cmd := s.called(change.args[0])
		if cmd == nil {
			s.stats.unexpected++
			continue
		}
		s.changes++
		cmd.run(&call{server: s, args: change.args, db: db, now: s.world.at})
		s.count(cmd, change.args)
	}
}

// writes reports whether a command writes, or commits writes.
func (s *Server) writes(c *client, cmd *command, args []string) bool {
	switch {
	case cmd.name == "function":
		return functionWrites(args)
	case cmd.name != "exec" || c.queued == nil:
		return cmd.has(write)
	}
	for _, queued := range c.queued.commands {
		if s.writes(c, s.lookup(queued[0]), queued) {
			return true
		}
	}
	return false
}

// refuses returns why the server does not take a command, in a server's order.
func (s *Server) refuses(c *client, cmd *command, args []string) error {
	switch {
	case cmd == nil:
		return s.version.unknownCommand(args)
	case cmd.arity > 0 && len(args) != cmd.arity || len(args) < -cmd.arity:
		return errWrongArity(cmd.name)
	case !c.authenticated && !cmd.has(noAuth):
		return errNoAuth
	case s.spec.Kind == Member && cmd.has(denied):
		return s.version.denied(cmd.name)
	case cmd.has(denyOOM) && s.outOfMemory():
		return errOOM
	case s.link != nil && s.config["replica-read-only"] == "yes" && s.writes(c, cmd, args):
		return errReadOnly
	case s.writes(c, cmd, args) && !s.enoughReplicas():
		return errNoReplicas
	case s.link != nil && s.link.phase == phaseLoading && !cmd.has(loadingOK):
		return s.version.loadingText()
	}
	return nil
}
