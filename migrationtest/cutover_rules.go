package migrationtest

// The rules of a Cutover, in the order in which they are checked.

func ruleStartsOpen() rule {
	return rule{
		"the check begins with writes open",
		"a migration may be under way here, and the check would end its pause; resume writes first if none is",
	}
}

func ruleWritesWork() rule {
	return rule{
		"writes are acknowledged before the pause",
		"a write that fails anyway proves nothing",
	}
}

func ruleWriteEnds() rule {
	return rule{
		"a Write returns when its context ends",
		"the check counts it as held back then; a go-redis client needs ContextTimeoutEnabled for it",
	}
}

func ruleAnswers() rule {
	return rule{
		"WritesPaused answers",
		"each run asks it first, and cannot tell without it where the migration stands",
	}
}

func ruleResumeOpen() rule {
	return rule{
		"ResumeWrites without a pause",
		"it is called after a pause that did not even begin, and is idempotent",
	}
}

func rulePause() rule {
	return rule{
		"PauseWrites pauses",
		"the cut-over begins with it, and every error means that the attempt is given up",
	}
}

func rulePauseSeen() rule {
	return rule{
		"WritesPaused is true while paused",
		"a new process learns from it what a dead one left behind, so it is true from PauseWrites until ResumeWrites, whoever asks and how often",
	}
}

func ruleStops() rule {
	return rule{
		"PauseWrites stops writes",
		"it returns only when no further write can be acknowledged; what the source acknowledges afterwards is lost",
	}
}

func rulePauseTwice() rule {
	return rule{
		"PauseWrites twice",
		"a run that goes on after a crash pauses again, since the one before may have died half way",
	}
}

func ruleResume() rule {
	return rule{
		"ResumeWrites undoes PauseWrites",
		"when the cut-over backs out, the application goes on with the source",
	}
}

func ruleResumeTwice() rule {
	return rule{
		"ResumeWrites twice",
		"it is tried again when its outcome is not known",
	}
}

func ruleHalf() rule {
	return rule{
		"ResumeWrites undoes half a pause",
		"it is called when PauseWrites ended half way because its context did, and PauseWrites says nil only if all is paused",
	}
}

func ruleContext() rule {
	return rule{
		"every method returns soon after its context ends",
		"the write pause is bounded by it, and a method that hangs keeps the application waiting",
	}
}

func ruleFresh() rule {
	return rule{
		"every method uses the context of its own call",
		"ResumeWrites is called on a fresh context after the one of the run has ended",
	}
}

func ruleCutoverPanics() rule {
	return rule{
		"no method panics",
		"the run ends with it as an error, and the pause may be half done",
	}
}

func ruleSwitch() rule {
	return rule{
		"Switch succeeds",
		"without it the migration cannot end, and writes stay paused",
	}
}

func ruleSwitchTwice() rule {
	return rule{
		"Switch twice",
		"a run that goes on after a crash switches again",
	}
}

func ruleSwitchPaused() rule {
	return rule{
		"Switch leaves writes paused",
		"nothing that the source acknowledged from now on would reach the target",
	}
}
