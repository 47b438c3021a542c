package preflight

import (
	"io"
	"os"
)

// paint colours text for a terminal, or leaves it alone.
type paint bool

// The colours, as parameters of the escape sequence "select graphic rendition".
const (
	red    = "1;31"
	yellow = "33"
	cyan   = "36"
	green  = "32"
	bold   = "1"
	faint  = "2"
)

func (p paint) in(colour, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// colour is the colour of a place in the report.
func (p place) colour() string {
	switch p {
	case placeBlocks:
		return red
	case placeWarns:
		return yellow
	case placeWaived:
		return cyan
	}
	return green
}

// paintFor tells whether w is a terminal whose user wants colours. Any value of
// NO_COLOR but the empty one says no (no-color.org).
func paintFor(w io.Writer) paint {
	file, ok := w.(*os.File)
	if !ok || file == nil || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
