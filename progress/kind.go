package progress

// Kind returns "run_started".
func (RunStarted) Kind() string { return "run_started" }

// Kind returns "state_changed".
func (StateChanged) Kind() string { return "state_changed" }

// Kind returns "preflight_done".
func (PreflightDone) Kind() string { return "preflight_done" }

// Kind returns "action_done".
func (ActionDone) Kind() string { return "action_done" }

// Kind returns "step_called".
func (StepCalled) Kind() string { return "step_called" }

// Kind returns "service_published".
func (ServicePublished) Kind() string { return "service_published" }

// Kind returns "status_seen".
func (StatusSeen) Kind() string { return "status_seen" }

// Kind returns "sampled".
func (Sampled) Kind() string { return "sampled" }

// Kind returns "diagnosed".
func (Diagnosed) Kind() string { return "diagnosed" }

// Kind returns "retrying".
func (Retrying) Kind() string { return "retrying" }

// Kind returns "drained".
func (Drained) Kind() string { return "drained" }

// Kind returns "promoted".
func (Promoted) Kind() string { return "promoted" }

// Kind returns "promotion_confirmed".
func (PromotionConfirmed) Kind() string { return "promotion_confirmed" }

// Kind returns "noted".
func (Noted) Kind() string { return "noted" }

// Kind returns "observer_panicked".
func (ObserverPanicked) Kind() string { return "observer_panicked" }

// Kind returns "run_ended".
func (RunEnded) Kind() string { return "run_ended" }

func (e RunStarted) stamp(h Header) Event         { e.Header = h; return e }
func (e StateChanged) stamp(h Header) Event       { e.Header = h; return e }
func (e PreflightDone) stamp(h Header) Event      { e.Header = h; return e }
func (e ActionDone) stamp(h Header) Event         { e.Header = h; return e }
func (e StepCalled) stamp(h Header) Event         { e.Header = h; return e }
func (e ServicePublished) stamp(h Header) Event   { e.Header = h; return e }
func (e StatusSeen) stamp(h Header) Event         { e.Header = h; return e }
func (e Sampled) stamp(h Header) Event            { e.Header = h; return e }
func (e Diagnosed) stamp(h Header) Event          { e.Header = h; return e }
func (e Retrying) stamp(h Header) Event           { e.Header = h; return e }
func (e Drained) stamp(h Header) Event            { e.Header = h; return e }
func (e Promoted) stamp(h Header) Event           { e.Header = h; return e }
func (e Noted) stamp(h Header) Event              { e.Header = h; return e }
func (e ObserverPanicked) stamp(h Header) Event   { e.Header = h; return e }
func (e RunEnded) stamp(h Header) Event           { e.Header = h; return e }
func (e PromotionConfirmed) stamp(h Header) Event { e.Header = h; return e }
