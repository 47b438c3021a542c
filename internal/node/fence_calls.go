package node

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// WriteCalls are how often each command that writes was executed since the
// server's statistics began, by whatever client, in scripts and transactions too. It
// is how to see writes where none can be refused. Expiry does not count.
func (n *Node) WriteCalls(ctx context.Context) (map[string]int64, error) {
	reply, err := n.do(ctx, "INFO", "commandstats")
	if err != nil {
		return nil, err
	}
	text, _ := reply.(string)
	info := redisinfo.ParseInfo(text)
	if !info.HasSection("Commandstats") {
		return nil, n.failed("INFO commandstats", errors.New("the server does not tell its statistics"))
	}
	writes := map[string]bool{}
	for _, c := range redisinfo.Commands() {
		writes[c.Name] = c.Writes
	}
	calls := map[string]int64{}
	for _, name := range info.Called() {
		container, sub, _ := strings.Cut(name, "|")
		if writes[container] && !slices.Contains([]string{"help", "list", "stats", "dump"}, sub) {
			calls[name] = info.Calls(name)
		}
	}
	return calls, nil
}

// FenceLeft says what of a fence is there although [Node.FenceClosed] says that it is not
// closed, "" for nothing: a process died half way, or in a rehearsal. [Node.OpenFence]
// takes it away.
func (n *Node) FenceLeft(ctx context.Context) (string, error) {
	v, err := n.fenceSettings(ctx)
	switch {
	case err != nil || !v.closed():
		return "", err
	case v.rehearsal():
		return "the fence of a rehearsal is closed", nil
	}
	return "a part of the fence is closed", nil
}
