package preflight

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestListsAreReplayed: a list that was not read and one that is empty are two
// things where a check tells them apart, and stay so in a file. It takes one list
// at a time, on every level.
func TestListsAreReplayed(t *testing.T) {
	t.Parallel()
	lists := 0
	for name, from := range map[string]func() Facts{"one VPC": goodFacts, "peered": peeredFacts, "transit gateway": transitFacts, "analyzed": analyzedFacts} {
		for i := 0; ; i++ {
			facts := from()
			found := listsOf(reflect.ValueOf(&facts).Elem(), "")
			if i == len(found) {
				lists += i
				break
			}
			for what, value := range map[string]reflect.Value{
				"nil": reflect.Zero(found[i].value.Type()), "empty": reflect.MakeSlice(found[i].value.Type(), 0, 0),
			} {
				found[i].value.Set(value)
				replayed(t, fmt.Sprintf("%s, %s %s", name, found[i].path, what), facts)
			}
		}
	}
	if lists < 100 {
		t.Errorf("%d lists were tried, want most of those of a network", lists)
	}
}

func analyzedFacts() Facts {
	f := goodFacts()
	f.Network.Analyses = []Analysis{{From: "eni-t", To: "eni-source", ID: "nia-1", Status: "succeeded", Explanations: []string{"x"}}}
	return f
}

type listIn struct {
	path  string
	value reflect.Value
}

// listsOf returns all lists within a value that can be set.
func listsOf(v reflect.Value, path string) (out []listIn) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out = listsOf(v.Elem(), path)
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.IsExported() {
				out = append(out, listsOf(v.FieldByIndex(f.Index), path+"."+f.Name)...)
			}
		}
	case reflect.Slice:
		out = append(out, listIn{path, v})
		for i := range v.Len() {
			out = append(out, listsOf(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return out
}

// replayed compares what is found in facts, and in what a file makes of them.
func replayed(t *testing.T, what string, facts Facts) {
	t.Helper()
	var b strings.Builder
	if err := WriteFacts(&b, facts); err != nil {
		return // facts that are refused are not in any file
	}
	read, err := ReadFacts(strings.NewReader(b.String()))
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	want, got := Judge(facts, Builtin(), nil).Findings, Judge(read, Builtin(), nil).Findings
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: replayed\n%s\nwant\n%s", what, mustJSON(t, got), mustJSON(t, want))
	}
}

// TestAnalysesAreReplayed: nobody asked, somebody asked and got nothing.
func TestAnalysesAreReplayed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		analyses []Analysis
		reason   string
		applies  bool
	}{
		{nil, "", false},
		{[]Analysis{}, "", true},
		{nil, "not analyzed: no primary", true},
		{analyzedFacts().Network.Analyses, "", true},
	} {
		facts := goodFacts()
		facts.Network.Analyses = test.analyses
		if test.reason != "" {
			gap(&facts, "network.analyses", test.reason)
		}
		var b strings.Builder
		if err := WriteFacts(&b, facts); err != nil {
			t.Fatal(err)
		}
		read, err := ReadFacts(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read.Network.Analyses, test.analyses) {
			t.Errorf("analyses %#v became %#v", test.analyses, read.Network.Analyses)
		}
		for _, f := range []Facts{facts, read} {
			applies := false
			for _, found := range Judge(f, networkChecks(), nil).Findings {
				applies = applies || found.CheckID == "network.analyzer"
			}
			if applies != test.applies {
				t.Errorf("analyses %#v, gap %q: network.analyzer applies: %v", test.analyses, test.reason, applies)
			}
		}
	}
}
