package simulator

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/resp"
)

// probeTimeout bounds the look of TestMigration at a source.
const probeTimeout = 3 * time.Second

// sourceTimeout bounds the look at a source during the sync check.
const sourceTimeout = 200 * time.Millisecond

// probe looks at a source as a replica would, short of asking for its data:
// connect, PING without a password, role. It returns what is wrong, empty if
// nothing is.
func (s *Sim) probe(ctx context.Context, source Endpoint) string {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	c, err := resp.Dial(ctx, source.String(), s.DialContext)
	if err != nil {
		return fmt.Sprintf("cannot connect to %s", source)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Do(ctx, "PING"); err != nil {
		return refusal("PING", source, err)
	}
	reply, err := c.Do(ctx, "INFO")
	if err != nil {
		return refusal("INFO", source, err)
	}
	if parseInfo(reply.Text)["cluster_enabled"] == "1" {
		return fmt.Sprintf("%s has cluster mode enabled", source)
	}
	return ""
}

func refusal(command string, source Endpoint, err error) string {
	var refused resp.Error
	if errors.As(err, &refused) {
		return fmt.Sprintf("%s answers %s with %q", source, command, refused.Error())
	}
	return fmt.Sprintf("%s does not answer %s", source, command)
}

// sourceOffset asks a source for the offset of its replication stream.
func (s *Sim) sourceOffset(ctx context.Context, source Endpoint) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, sourceTimeout)
	defer cancel()
	c, err := resp.Dial(ctx, source.String(), s.DialContext)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	reply, err := c.Do(ctx, "INFO", "replication")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(parseInfo(reply.Text)["master_repl_offset"], 10, 64)
}
