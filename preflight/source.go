package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// FactSource gathers facts beside the built-in ones, for example those of EC2
// (preflight/vpc) or those that a host's own checks judge.
type FactSource interface {
	// Name is stable and unique among the sources. It is the subject of the
	// [Gap] when Gather fails, and the key in Facts.Extra.
	Name() string
	// Gather returns what it found. known is what was found before: Target,
	// SourceAddress and their gaps, for use as far as they are there. It must
	// change nothing anywhere, not even known, and honour ctx, which has the
	// time-out of this source. What it returns beside an error is used as well.
	Gather(ctx context.Context, known Facts) (Supplement, error)
}

// SlowFactSource is a [FactSource] that may need longer than others, for example
// because it has a service analyse something.
type SlowFactSource interface {
	FactSource
	// Within is the time-out that the source needs; the longer of it and the
	// usual one counts.
	Within() time.Duration
}

// Supplement is what a [FactSource] found. The zero value is nothing.
type Supplement struct {
	// Network is the EC2 side. At most one source should give it; of several
	// the first in the list counts.
	Network *Network
	// Extra is kept in Facts.Extra under the name of the source; nil for
	// nothing. It is stored and replayed with the facts: put no secrets into it.
	Extra json.RawMessage
	// Gaps are parts of the above that could not be read.
	Gaps []Gap
}

// ExtraFacts decodes what the [FactSource] of that name found. ok is false if it
// found nothing, and then the facts' Gaps may say why.
func ExtraFacts[T any](f Facts, name string) (facts T, ok bool, err error) {
	raw, ok := f.Extra[name]
	if !ok {
		return facts, false, nil
	}
	if err := json.Unmarshal(raw, &facts); err != nil {
		return facts, false, fmt.Errorf("preflight: extra facts %q: %w", name, err)
	}
	return facts, true, nil
}
