package simulator

import (
	"context"
	"strconv"
	"strings"
)

// nodeState is one look at a node's replication.
type nodeState struct {
	role      string // "master" or "slave", as INFO says
	linkUp    bool
	syncing   bool  // a full sync is under way
	readBytes int64 // received of the current full sync
	loading   bool
	loadBytes int64 // loaded of the received data set
	offset    int64 // of the stream that has been applied, -1 before the first

	connects int  // connections to the source since the log was marked
	asked    bool // it has asked for the data since then
	rejected bool // the log has said since the mark that the data set is of a foreign format
}

// state asks the node. It costs the server some 10 microseconds.
func (n *processNode) state(ctx context.Context) (nodeState, error) {
	reply, err := n.ask(ctx, "INFO", "replication", "persistence")
	if err != nil {
		return nodeState{}, err
	}
	st := parseNodeState(reply.Text)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.log.read(); err != nil {
		return nodeState{}, err
	}
	st.connects, st.asked, st.rejected = n.log.connects, n.log.asked, n.log.rejected
	return st, nil
}

// markLog makes state report what the log says from now on.
func (n *processNode) markLog() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.mark()
}

func parseNodeState(info string) nodeState {
	field := parseInfo(info)
	number := func(name string) int64 {
		v, err := strconv.ParseInt(field[name], 10, 64)
		if err != nil {
			return -1
		}
		return v
	}
	return nodeState{
		role:      field["role"],
		linkUp:    field["master_link_status"] == "up",
		syncing:   field["master_sync_in_progress"] == "1",
		readBytes: number("master_sync_read_bytes"),
		loading:   field["loading"] == "1",
		loadBytes: number("loading_loaded_bytes"),
		offset:    number("slave_repl_offset"),
	}
}

// parseInfo splits an INFO text into its fields.
func parseInfo(info string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if ok && !strings.HasPrefix(name, "#") {
			fields[name] = value
		}
	}
	return fields
}
