package migration_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the scripts in testdata show")

// script is a scenario in a text file: prose, commands that set the scene, one a
// line, and actions, each followed by a line of dashes and what it shows.
//
//	# prose
//	source dataset=8GiB
//	step approval before=pausing takes=24h
//
//	run
//	----
//	in_sync  | syncing -> in_sync (caught_up)
//
// What an action shows ends at the first empty line.
type script struct {
	file  string
	lines []line
}

// line is a line of a script.
type line struct {
	text   string
	number int
	action bool   // it is followed by what it shows
	want   string // that
}

const dashes = "----"

func readScript(t *testing.T, file string) *script {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{file: file}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		l := line{text: lines[i], number: i + 1}
		if i+1 < len(lines) && lines[i+1] == dashes {
			l.action = true
			var want []string
			for i += 2; i < len(lines) && lines[i] != ""; i++ {
				want = append(want, lines[i])
			}
			i--
			l.want = strings.Join(want, "\n")
		}
		s.lines = append(s.lines, l)
	}
	return s
}

// run does what the script says. do is given each command, and returns what an
// action shows.
func (s *script) run(t *testing.T, do func(command) string) {
	t.Helper()
	for i := range s.lines {
		l := &s.lines[i]
		if l.text == "" || strings.HasPrefix(l.text, "#") {
			continue
		}
		c, err := parseCommand(l.text)
		if err != nil {
			t.Fatalf("%s:%d: %v", s.file, l.number, err)
		}
		c.at = fmt.Sprintf("%s:%d: %s", s.file, l.number, l.text)
		got := strings.TrimRight(do(c), "\n")
		if (got != "") != l.action && !*update {
			t.Fatalf("%s shows %q; an action is followed by %s, a setting is not", c.at, got, dashes)
		}
		if got != l.want && !*update {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.at, got, l.want)
		}
		l.want, l.action = got, got != ""
	}
	if *update {
		s.write(t)
	}
}

func (s *script) write(t *testing.T) {
	t.Helper()
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(l.text + "\n")
		if l.action {
			b.WriteString(dashes + "\n" + l.want + "\n")
		}
	}
	if err := os.WriteFile(s.file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// command is a name, words, and settings like takes=24h.
type command struct {
	at    string // where it stands, for errors
	name  string
	words []string
	set   map[string]string
}

func parseCommand(text string) (command, error) {
	fields := strings.Fields(text)
	c := command{name: fields[0], set: map[string]string{}}
	for _, f := range fields[1:] {
		key, value, ok := strings.Cut(f, "=")
		if !ok {
			c.words = append(c.words, f)
			continue
		}
		if _, twice := c.set[key]; twice {
			return c, fmt.Errorf("%s is set twice", key)
		}
		c.set[key] = value
	}
	return c, nil
}

// word returns the i-th word, "" if there is none.
func (c command) word(i int) string {
	if i < len(c.words) {
		return c.words[i]
	}
	return ""
}

// has reports whether a word is there.
func (c command) has(word string) bool {
	for _, w := range c.words {
		if w == word {
			return true
		}
	}
	return false
}
