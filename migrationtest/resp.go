package migrationtest

import (
	"bytes"
	"strconv"
	"strings"
)

// command reads the first command of b: its words and its length; 0 if it is
// not complete. What is not an array of bulk strings counts as one command
// without words, up to the end.
func command(b []byte) (args []string, length int) {
	if len(b) > 0 && b[0] != '*' {
		return nil, len(b)
	}
	count, at, ok := number(b, 0, '*')
	if at == 0 {
		return nil, 0
	}
	if !ok {
		return nil, len(b)
	}
	for range count {
		size, from, ok := number(b, at, '$')
		if from == 0 {
			return nil, 0
		}
		if !ok || size < 0 {
			return nil, len(b)
		}
		to := from + size
		if len(b) < to+2 {
			return nil, 0
		}
		args = append(args, string(b[from:to]))
		at = to + 2
	}
	return args, at
}

// number reads a line such as "*3" and returns what comes after it; 0 if the
// line is not complete.
func number(b []byte, at int, mark byte) (n, next int, ok bool) {
	end := bytes.Index(b[at:], []byte("\r\n"))
	if end < 0 {
		return 0, 0, false
	}
	line := b[at : at+end]
	next = at + end + 2
	if len(line) == 0 || line[0] != mark {
		return 0, next, false
	}
	n, err := strconv.Atoi(string(line[1:]))
	return n, next, err == nil
}

// commandName is the command in upper case, with the subcommand of those that
// are nothing without it.
func commandName(args []string) string {
	if len(args) == 0 {
		return ""
	}
	name := strings.ToUpper(args[0])
	switch name {
	case "CLIENT", "CONFIG", "FUNCTION":
		if len(args) > 1 {
			name += " " + strings.ToUpper(args[1])
		}
	}
	return name
}
