package simulator

import (
	"errors"
	"io"
	"os"
	"strings"
)

// logTail follows a server's log for what INFO does not tell: how often the
// node has connected to its source, that it has asked for the source's data,
// and that it cannot read the format of it.
type logTail struct {
	path     string
	offset   int64
	partial  string
	connects int
	asked    bool
	rejected bool
}

// mark forgets what was seen and skips to the end of the log.
func (l *logTail) mark() error {
	info, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	*l = logTail{path: l.path, offset: info.Size()}
	return nil
}

// read takes in what was logged since the last read.
func (l *logTail) read() error {
	f, err := os.Open(l.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	fresh, err := io.ReadAll(io.NewSectionReader(f, l.offset, 1<<62))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	l.offset += int64(len(fresh))
	l.take(string(fresh))
	return nil
}

func (l *logTail) take(text string) {
	lines := strings.Split(l.partial+text, "\n")
	l.partial = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		switch {
		case strings.Contains(line, "REPLICA sync started"):
			l.connects++
		case strings.Contains(line, "Trying a partial resynchronization"),
			strings.Contains(line, "Partial resynchronization not possible"):
			l.asked = true
		case strings.Contains(line, "Can't handle RDB format version"),
			strings.Contains(line, "Wrong signature trying to load DB"):
			l.rejected = true
		}
	}
}
