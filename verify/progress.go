package verify

import "time"

// Progress is how far a comparison has come.
type Progress struct {
	// Phase is what is done now: "scan" reads both sides, "look" reads again what
	// differed, "functions" compares libraries, "done" is the end.
	Phase string `json:"phase"`
	// DB is the database that is being compared.
	DB int `json:"db"`
	// Percent is how much of the keys of all databases was read, from 0 to 100.
	Percent float64 `json:"percent"`
	// Keys is how many keys of the source were read.
	Keys int64 `json:"keys"`
	// Total is how many keys the source holds, as far as is known.
	Total int64 `json:"total"`
	// Rate is keys per second of the source, over the last seconds.
	Rate float64 `json:"rate"`
	// ETA is the estimated time to the end, or -1 if it is not known yet.
	ETA time.Duration `json:"eta_ns"`
	// Differences is how many were found so far, of every class.
	Differences int64 `json:"differences"`
	// Elapsed is the time since the beginning.
	Elapsed time.Duration `json:"elapsed_ns"`
}
