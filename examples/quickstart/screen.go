package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vbauerster/mpb/v8/cwriter"
)

// screen is where progress is told.
type screen struct {
	io.Writer
	terminal bool
	style    style
}

// newScreen finds out whether w is a terminal. Colours are used on one only,
// and not if NO_COLOR is set, see https://no-color.org.
func newScreen(w io.Writer) *screen {
	s := &screen{Writer: w}
	if f, ok := w.(*os.File); ok && os.Getenv("TERM") != "dumb" {
		s.terminal = cwriter.IsTerminal(int(f.Fd()))
	}
	s.style.colours = s.terminal && os.Getenv("NO_COLOR") == ""
	return s
}

// printf prints one line.
func (s *screen) printf(format string, args ...any) {
	fmt.Fprintf(s.Writer, format+"\n", args...)
}

// style colours text.
type style struct{ colours bool }

func (s style) green(text string) string { return s.paint("32", text) }
func (s style) red(text string) string   { return s.paint("1;31", text) }

func (s style) paint(code, text string) string {
	if !s.colours {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
