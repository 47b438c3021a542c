package migration

import (
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// explainAfter is how long a promotion is waited for without a word: the reported
// ones take a minute.
const explainAfter = 30 * time.Second

// explainer says what a promotion is waited for, once for each reason.
type explainer struct {
	*run
	begun time.Time
	told  string
}

// explain notes why the wait goes on, if it has taken long and the reason is a new
// one.
func (e *explainer) explain(o observed) {
	d := decide(o)
	if d.reason == e.told || time.Since(e.begun) < explainAfter {
		return
	}
	e.told = d.reason
	v, _ := e.watch.view()
	left := e.opts.Assume.PromotionWithin - time.Since(e.begun)
	e.emit(progress.Noted{Text: fmt.Sprintf("writes are paused and the promotion is awaited, for %v more at the most: %s; the target's status is %q",
		left.Round(time.Second), d.reason, v.desc.Status)})
}
