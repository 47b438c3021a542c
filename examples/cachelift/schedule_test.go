package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	weekend := []time.Weekday{time.Sunday, time.Monday}
	for _, c := range []struct {
		why, text string
		want      migration.Window
		errs      []string
	}{
		{"a span alone", "02:00-04:00", migration.Window{From: 2 * time.Hour, To: 4 * time.Hour}, nil},
		{"with days", "Sun,Mon 02:00-04:00", migration.Window{From: 2 * time.Hour, To: 4 * time.Hour, Days: weekend}, nil},
		{"with a zone", "02:00-04:00 Europe/Berlin", migration.Window{From: 2 * time.Hour, To: 4 * time.Hour, Location: berlin}, nil},
		{"all of it", " Sun,Mon  02:00-04:30 Europe/Berlin ", migration.Window{From: 2 * time.Hour, To: 4*time.Hour + 30*time.Minute, Days: weekend, Location: berlin}, nil},
		{"over midnight", "22:15-04:00", migration.Window{From: 22*time.Hour + 15*time.Minute, To: 4 * time.Hour}, nil},
		{"to midnight", "22:00-24:00", migration.Window{From: 22 * time.Hour, To: 24 * time.Hour}, nil},
		{"to midnight of the next day", "22:00-00:00", migration.Window{From: 22 * time.Hour}, nil},
		{"the whole day", "00:00-24:00", migration.Window{To: 24 * time.Hour}, nil},
		{"nothing", "", migration.Window{}, []string{"want days, a span"}},
		{"no span", "Sun Europe/Berlin", migration.Window{}, []string{"want days, a span"}},
		{"days with a blank", "Sun, Mon 02:00-04:00", migration.Window{}, []string{"want days, a span"}},
		{"days behind", "02:00-04:00 UTC Sun", migration.Window{}, []string{"want days, a span"}},
		{"everything is wrong", "Sunday 2:00-4:00 Berlin", migration.Window{}, []string{`the day "Sunday", want Mon`, `the span "2:00-4:00", want`, `the zone "Berlin", want`}},
		{"a comma at the end", "Sun, 02:00-04:00", migration.Window{}, []string{`the day ""`}},
		{"a range of days", "Mon-Fri 02:00-04:00", migration.Window{}, []string{`the day "Mon-Fri"`}},
		{"a day twice", "Sun,Sun 02:00-04:00", migration.Window{}, []string{"Sun is there twice"}},
		{"one time", "02:00", migration.Window{}, []string{`the span "02:00"`}},
		{"three times", "02:00-03:00-04:00", migration.Window{}, []string{`the span "02:00-03:00-04:00"`}},
		{"from the end of the day", "24:00-02:00", migration.Window{}, []string{`the span "24:00-02:00"`}},
		{"after the end of the day", "23:00-24:01", migration.Window{}, []string{`the span "23:00-24:01"`}},
		{"seconds", "02:00:00-04:00:00", migration.Window{}, []string{`the span "02:00:00-04:00:00"`}},
		{"never open", "02:00-02:00", migration.Window{}, []string{"is never open"}},
		{"a zone that each machine has another of", "02:00-04:00 Local", migration.Window{}, []string{`the zone "Local"`}},
		{"a path", "02:00-04:00 ../../etc/localtime", migration.Window{}, []string{`the zone "../../etc/localtime"`}},
	} {
		got, err := parseWindow(c.text)
		if len(c.errs) == 0 {
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %q is %+v, %v; want %+v", c.why, c.text, got, err, c.want)
			}
			continue
		}
		if n := len(flatten(err)); err == nil || n != len(c.errs) {
			t.Errorf("%s: %q: %v, want %d problems", c.why, c.text, err, len(c.errs))
			continue
		}
		contains(t, err.Error(), c.errs...)
	}
}

// FuzzWindow: what is taken can be said again, and the library takes it too.
func FuzzWindow(f *testing.F) {
	for _, seed := range []string{"02:00-04:00", "Sun,Mon 22:00-24:00 Europe/Berlin", "Sat 00:00-00:01 UTC", "x", "Sun 02:00-02:00"} {
		f.Add(seed)
	}
	source := migration.Source{Address: "10.0.0.5", Port: 6379}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := parseWindow(text)
		if err != nil {
			return
		}
		hm := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute) }
		var days []string
		for _, d := range w.Days {
			days = append(days, d.String()[:3])
		}
		again := strings.Join(days, ",") + " " + hm(w.From) + "-" + hm(w.To)
		if w.Location != nil {
			again += " " + w.Location.String()
		}
		if back, err := parseWindow(again); err != nil || !reflect.DeepEqual(back, w) {
			t.Errorf("%q is %+v; %q is %+v, %v", text, w, again, back, err)
		}
		if length(w) <= 0 || length(w) > 24*time.Hour {
			t.Errorf("%q is open for %v", text, length(w))
		}
		opts := &migration.Options{MaxWritePause: time.Minute, Schedule: migration.Schedule{Windows: []migration.Window{w}}}
		if _, err := migration.New(migration.NewPlan("p", source, migration.ReplicationGroup("g")), migration.ElastiCacheAPI(nil), opts); err != nil && strings.Contains(err.Error(), "Schedule") {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// TestRunWaitsForItsTime: what it waits for is seen, and it does wait.
func TestRunWaitsForItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	due := time.Now().Add(8 * time.Second).Truncate(time.Second)
	text := due.UTC().Format(time.RFC3339)
	o := mustCall(t, exitUsage, w.args("run", "--not-before", text, "--not-after", "2099-01-01T00:00:00Z", "--window", "00:00-24:00 Europe/Berlin", "--window", "Sun 02:00-04:00")...)
	contains(t, o.errOut, "does that not before "+text, "fails if it could not be done before 2099-01-01T00:00:00Z", "only in: 00:00-24:00 Europe/Berlin; Sun 02:00-04:00")
	o = mustCall(t, exitDone, w.args("run", "--yes", "--not-before", text, "--window", "00:00-24:00 Europe/Berlin")...)
	contains(t, o.errOut, "the cut-over is held: too_early until "+text, "the cut-over may go on")
	for _, call := range w.sim.Calls() {
		if call.Operation == "CompleteMigration" && call.At.Before(due) {
			t.Errorf("the completion was requested at %s, before %s", call.At, due)
		}
	}
}

// TestRunMissesItsTime: nothing is paused, and the command line that is printed does
// not miss it again.
func TestRunMissesItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := state(t, dial(t, w.source.Addr()))
	o := mustCall(t, exitFailed, w.first("run", "--yes", "--not-after", "2026-01-18T02:00:00Z", "--window", "00:00-24:00")...)
	contains(t, o.errOut, "error: the time for the cut-over has passed", "Writes were not stopped", "--window 00:00-24:00 --yes")
	if strings.Contains(o.errOut, "--not-after 2026") || strings.Contains(o.errOut, "pause_writes") {
		t.Errorf("writes were paused, or the time is advised again:\n%s", o.errOut)
	}
	untouched(t, dial(t, w.source.Addr()), before)
	contains(t, resumed(t, o.errOut).out, "done")
}
