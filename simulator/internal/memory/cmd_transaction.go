package memory

// transaction is what a client has queued since MULTI.
type transaction struct {
	commands [][]string
	broken   bool // a command was refused: EXEC will be, too
}

func transactionCommands() []command {
	return []command{
		{"multi", 1, noMulti | loadingOK, multi},
		{"exec", 1, noMulti | loadingOK, nil}, // done by the server itself
		{"discard", 1, noMulti | loadingOK, discard},
	}
}

func multi(c *call) any {
	if c.client.queued != nil {
		return errNestedMulti
	}
	c.client.queued = &transaction{}
	return ok
}

func discard(c *call) any {
	if c.client.queued == nil {
		return errNoMultiDisc
	}
	c.client.queued = nil
	return ok
}

// exec does what a client has queued. It goes into the stream as one piece.
func (s *Server) exec(c *client) any {
	queued := c.queued
	c.queued = nil
	switch {
	case queued == nil:
		return errNoMultiExec
	case queued.broken:
		return errExecAbort
	}
	replies := make([]any, 0, len(queued.commands))
	var changes []change
	c.queued = &transaction{} // so that nothing in it waits
	for _, args := range queued.commands {
		call := s.call(s.lookup(args[0]), c, args)
		if call.dirty {
			changes = append(changes, call.change())
		}
		replies = append(replies, call.reply)
	}
	c.queued = nil
	if len(changes) > 0 {
		s.feed(changes)
		s.acknowledgeWrite(c)
	}
	return replies
}
