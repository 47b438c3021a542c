package migration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
)

// gateSetting is the name of the host's gate among the settings.
const gateSetting = "gate"

// closeGate closes the host's gate, if there is one.
func (f *SourceFence) closeGate(ctx context.Context) error {
	if f.opts.Gate == nil {
		return nil
	}
	closed, err := f.opts.Gate.Closed(ctx)
	if err != nil {
		return fmt.Errorf("gate: Closed: %w", err)
	}
	if !closed {
		if err := f.settings.change(ctx, []node.Change{{Setting: gateSetting, Old: "open", New: "closed"}}); err != nil {
			return err
		}
	}
	if err := f.opts.Gate.Close(ctx); err != nil { // again: it may be half closed
		return fmt.Errorf("gate: Close: %w", err)
	}
	return nil
}

func (f *SourceFence) openGate(ctx context.Context) error {
	if f.opts.Gate == nil {
		return nil
	}
	if err := f.opts.Gate.Open(ctx); err != nil {
		return fmt.Errorf("gate: Open: %w", err)
	}
	f.note(ledgerBehind, f.settings.ended(ctx, gateSetting))
	return nil
}

// gateClosed is true where there is no gate.
func (f *SourceFence) gateClosed(ctx context.Context) (bool, error) {
	if f.opts.Gate == nil {
		return true, nil
	}
	closed, err := f.opts.Gate.Closed(ctx)
	if err != nil {
		return false, fmt.Errorf("gate: Closed: %w", err)
	}
	return closed, nil
}

// awaitQuiet returns the counters of writes once the source has executed none for a
// while. A probe of the library's own would come past the gate and prove nothing; that
// nobody writes is all that can be seen.
func (f *SourceFence) awaitQuiet(ctx context.Context, n *node.Node) (map[string]int64, error) {
	quiet := f.opts.QuietFor
	orDefault(&quiet, 500*time.Millisecond)
	for {
		before, err := n.WriteCalls(ctx)
		if err != nil {
			return nil, err
		}
		if err := sleep(ctx, quiet); err != nil {
			return nil, err
		}
		after, err := n.WriteCalls(ctx)
		if err != nil {
			return nil, err
		}
		moved := movedCalls(before, after)
		if moved == "" {
			return after, nil
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < quiet {
			return nil, fmt.Errorf("the gate is closed, and the source still executes writes: %s", moved)
		}
	}
}

// gateHolds reports whether a gate that is closed, without a fence, is a pause: only
// where it was closed alone, and as long as the source has executed no write since. A
// new process has nothing to compare with and takes the gate at its word, until it
// pauses again.
func (f *SourceFence) gateHolds(ctx context.Context, n *node.Node) (bool, error) {
	f.mu.Lock()
	closed, before := f.closed, f.calls
	f.mu.Unlock()
	if closed == "" {
		choice, err := n.ChooseFence(ctx, f.order())
		return err == nil && choice.Rung == preflight.FenceGate, err
	}
	if closed != preflight.FenceGate {
		return false, nil // the fence on top of it is gone
	}
	now, err := n.WriteCalls(ctx)
	if err != nil {
		return false, err
	}
	return movedCalls(before, now) == "", nil
}

// movedCalls names the commands whose counters differ, in order. Counters that were
// set to zero in between differ too: then nothing is known.
func movedCalls(before, after map[string]int64) string {
	var moved []string
	for name, n := range after {
		if d := n - before[name]; d != 0 {
			moved = append(moved, fmt.Sprintf("%s %+d", name, d))
		}
	}
	for name, n := range before {
		if _, there := after[name]; !there && n != 0 {
			moved = append(moved, fmt.Sprintf("%s %+d", name, -n))
		}
	}
	slices.Sort(moved)
	return strings.Join(moved, ", ")
}
