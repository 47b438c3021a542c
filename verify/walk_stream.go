package verify

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// stream reads a stream: its entries in chunks, its counters, its groups.
func (w *walker) stream(name []byte, sink rdb.Sink) error {
	if err := w.entries(name, sink); err != nil {
		return err
	}
	info, err := w.ask("XINFO", "STREAM", string(name))
	if err != nil {
		return err
	}
	fields := info.Pairs()
	last, err := parseID(fields["last-generated-id"].Text)
	if err != nil {
		return err
	}
	t := rdb.Tail{Last: last}
	if max, ok := fields["max-deleted-entry-id"]; ok {
		if t.MaxDeleted, err = parseID(max.Text); err != nil {
			return err
		}
		t.Added, t.Known = uint64(fields["entries-added"].Int), true
	}
	sink.Tail(t)
	groups, err := w.ask("XINFO", "GROUPS", string(name))
	if err != nil {
		return err
	}
	for _, g := range groups.Array {
		if err := w.group(name, g.Pairs(), sink); err != nil {
			return err
		}
	}
	return nil
}

// entries reads the entries, each chunk from behind the last one.
func (w *walker) entries(name []byte, sink rdb.Sink) error {
	var arena []byte
	var fields [][]byte
	for from := (rdb.ID{}); ; {
		if err := w.pace(); err != nil {
			return err
		}
		w.l.Command(6)
		w.l.Word("XRANGE")
		w.l.Arg(name)
		w.l.Word(idText(from))
		w.l.Word("+")
		w.l.Word("COUNT")
		w.l.Int(w.count)
		before := w.l.Received()
		n, err := w.array()
		if err != nil {
			return err
		}
		for range n {
			if two, err := w.array(); err != nil || two != 2 {
				return fmt.Errorf("an entry of a stream: %w", orProtocol(err))
			}
			text, err := w.last()
			if err != nil {
				return err
			}
			id, err := parseID(string(text))
			if err != nil {
				return err
			}
			m, err := w.array()
			if err != nil {
				return err
			}
			arena, fields = arena[:0], fields[:0]
			for range m {
				b, err := w.last()
				if err != nil {
					return err
				}
				start := len(arena)
				arena = append(arena, b...)
				fields = append(fields, arena[start:len(arena):len(arena)])
			}
			sink.Entry(id, fields)
			from = next(id)
		}
		if n < w.count || from == (rdb.ID{}) {
			return nil
		}
		w.adapt(n, w.l.Received()-before)
	}
}

// group reads a consumer group.
func (w *walker) group(name []byte, g map[string]wire.Value, sink rdb.Sink) error {
	last, err := parseID(g["last-delivered-id"].Text)
	if err != nil {
		return err
	}
	group := g["name"].Text
	sink.Group([]byte(group), last)
	consumers, err := w.ask("XINFO", "CONSUMERS", string(name), group)
	if err != nil {
		return err
	}
	for _, c := range consumers.Array {
		sink.Consumer([]byte(group), []byte(c.Pairs()["name"].Text))
	}
	for from := (rdb.ID{}); ; {
		if err := w.pace(); err != nil {
			return err
		}
		pending, err := w.ask("XPENDING", string(name), group, idText(from), "+", itoa(w.sizes.count))
		if err != nil {
			return err
		}
		for _, p := range pending.Array {
			if len(p.Array) != 4 {
				return wire.ErrProtocol
			}
			id, err := parseID(p.Array[0].Text)
			if err != nil {
				return err
			}
			sink.Pending([]byte(group), rdb.Pending{ID: id, Consumer: []byte(p.Array[1].Text), Deliveries: uint64(p.Array[3].Int)})
			from = next(id)
		}
		if int64(len(pending.Array)) < w.sizes.count || from == (rdb.ID{}) {
			return nil
		}
	}
}

// ask sends a command and reads its whole answer.
func (w *walker) ask(words ...string) (wire.Value, error) { return w.l.Ask(words...) }

// orProtocol is err, or a protocol error if there is none.
func orProtocol(err error) error {
	if err != nil {
		return err
	}
	return wire.ErrProtocol
}

// next is the id after id; zero if there is none.
func next(id rdb.ID) rdb.ID {
	if id.Seq == math.MaxUint64 {
		return rdb.ID{Ms: id.Ms + 1}
	}
	return rdb.ID{Ms: id.Ms, Seq: id.Seq + 1}
}

// idText is the id as commands have it.
func idText(id rdb.ID) string {
	return strconv.FormatUint(id.Ms, 10) + "-" + strconv.FormatUint(id.Seq, 10)
}

// parseID parses an id.
func parseID(s string) (rdb.ID, error) {
	ms, seq, _ := strings.Cut(s, "-")
	a, err1 := strconv.ParseUint(ms, 10, 64)
	b, err2 := strconv.ParseUint(seq, 10, 64)
	if err1 != nil || err2 != nil {
		return rdb.ID{}, fmt.Errorf("%w: the id %.60q", wire.ErrProtocol, s)
	}
	return rdb.ID{Ms: a, Seq: b}, nil
}
