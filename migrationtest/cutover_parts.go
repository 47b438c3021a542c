package migrationtest

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// elsewhere is where Switch is told to point the application to: an address
// that RFC 5737 reserves for documentation.
func elsewhere() migration.Endpoint { return migration.Endpoint{Address: "192.0.2.1", Port: 6379} }

// startsOpen makes sure that the check does not end somebody's pause.
func (k *cutoverCheck) startsOpen(ctx context.Context) bool {
	return k.paused(ctx, writesOpen, ruleStartsOpen(), "before the check") &&
		k.acknowledged(ctx, ruleWritesWork(), "before the pause")
}

func (k *cutoverCheck) resumeWithoutPause(ctx context.Context) {
	k.reopen(ctx, ruleResumeOpen(), "after ResumeWrites without a pause")
}

// reopen resumes, and looks whether it worked.
func (k *cutoverCheck) reopen(ctx context.Context, r rule, when string) bool {
	return k.do(ctx, r, "ResumeWrites", k.cutover.ResumeWrites) &&
		k.paused(ctx, writesOpen, r, when) && k.acknowledged(ctx, r, when)
}

// pause pauses, and looks whether it worked.
func (k *cutoverCheck) pause(ctx context.Context, r rule, when string) bool {
	begun := time.Now()
	paused := k.do(ctx, r, "PauseWrites", k.cutover.PauseWrites)
	k.pausing = max(k.pausing, time.Since(begun))
	if !paused || !k.paused(ctx, writesPaused, rulePauseSeen(), when) {
		return false
	}
	k.stopped(ctx, ruleStops(), when)
	return true
}

func (k *cutoverCheck) pauseAndResume(ctx context.Context) {
	if k.pause(ctx, rulePause(), "after PauseWrites") {
		k.pause(ctx, rulePauseTwice(), "after PauseWrites twice")
	}
	if !k.hangs && k.reopen(ctx, ruleResume(), "after ResumeWrites") {
		k.reopen(ctx, ruleResumeTwice(), "after ResumeWrites twice")
	}
}

// halfPause ends the context of PauseWrites before it begins, and half way.
func (k *cutoverCheck) halfPause(ctx context.Context) {
	for _, after := range []time.Duration{0, k.pausing / 2} {
		if k.hangs || ctx.Err() != nil {
			return
		}
		half, cancel := context.WithTimeout(ctx, after) // 0: has ended
		err := k.try(half, "PauseWrites on a context that ends", k.cutover.PauseWrites)
		cancel()
		if err == nil && k.paused(ctx, writesPaused, ruleHalf(), "after PauseWrites returned nil, although its context had ended") {
			k.stopped(ctx, ruleHalf(), "after PauseWrites returned nil, although its context had ended")
		}
		if !k.hangs {
			k.reopen(ctx, ruleHalf(), "after PauseWrites on a context that ended, and ResumeWrites")
		}
	}
}

// endedContext calls the other methods on a context that has ended. They may
// fail, and soon; the truth stays the truth.
func (k *cutoverCheck) endedContext(ctx context.Context) {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = k.try(ended, "WritesPaused on a context that has ended", func(ctx context.Context) error {
		_, err := k.cutover.WritesPaused(ctx)
		return err
	})
	if k.hangs || !k.pause(ctx, rulePause(), "after PauseWrites once more") {
		return
	}
	err := k.try(ended, "ResumeWrites on a context that has ended", k.cutover.ResumeWrites)
	if err == nil {
		k.paused(ctx, writesOpen, ruleResume(), "after ResumeWrites returned nil, although its context had ended")
	}
	if !k.hangs {
		k.reopen(ctx, ruleResume(), "after ResumeWrites on a context that had ended, and once more")
	}
}

// switching comes last, because what Switch does stays done.
func (k *cutoverCheck) switching(ctx context.Context) {
	if !k.pause(ctx, rulePause(), "after PauseWrites before Switch") || k.hangs {
		return
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	turn := func(ctx context.Context) error { return k.cutover.Switch(ctx, elsewhere()) }
	_ = k.try(ended, "Switch on a context that has ended", turn)
	for _, r := range []rule{ruleSwitch(), ruleSwitchTwice()} {
		if k.hangs || !k.do(ctx, r, "Switch", turn) || !k.paused(ctx, writesPaused, ruleSwitchPaused(), "after Switch") {
			return
		}
		k.stopped(ctx, ruleSwitchPaused(), "after Switch")
	}
}
