package preflight

import (
	"strings"
	"testing"
)

func TestWriteMarkdown(t *testing.T) {
	t.Parallel()
	r := mixedReport()
	r.Findings[0].DocURL = "https://example.com/a_(b)|c?d=1&e=2"
	want := `# Preflight: the migration is blocked

6 checks: 2 passed, 3 failed, 1 unknown; 1 waived, 2 block. Facts of 2026-11-20T12:00:00Z.

## Blocks the migration

| Check | Outcome | Subject | Observed | Required | Remedy |
|---|---|---|---|---|---|
| target.multi-az<br>title of target.multi-az | fail | s | o | r | change it |
| host.strange<br>title of host.strange | unknown | x | evil \[2J<br>line | r | m |

## Warnings

| Check | Outcome | Subject | Observed | Required | Remedy |
|---|---|---|---|---|---|
| host.warning<br>title of host.warning | fail | s | o | r | change it |

## Waived

| Check | Outcome | Subject | Observed | Required | Remedy |
|---|---|---|---|---|---|
| pair.memory<br>title of pair.memory | fail | s | o | r | change it |

## Waivers without effect

- misspelt

<details>
<summary>2 checks passed</summary>

| Check | Subject | Observed |
|---|---|---|
| [target.exists](https://example.com/a_%28b%29%7Cc?d=1&e=2)<br>title of target.exists | s | o |
| pair.rdb-version<br>title of pair.rdb-version | s | o |

</details>
`
	var b strings.Builder
	if err := r.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestMarkdownOfAGoodReport(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := (Report{}).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	want := "# Preflight: nothing blocks\n\n0 checks: 0 passed, 0 failed, 0 unknown; nothing blocks.\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestMarkdownEscapes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain text, 10.0.0.0/16":   "plain text, 10.0.0.0/16",
		"a|b":                       `a\|b`,
		"`code`":                    "\\`code\\`",
		"one\ntwo\r\nthree\rfour":   "one<br>two<br>three<br>four",
		"*bold* _it_ ~gone~ [a](b)": `\*bold\* \_it\_ \~gone\~ \[a\](b)`,
		"<script>&amp;":             "&lt;script&gt;&amp;amp;",
		`c:\d`:                      `c:\\d`,
		"# no heading, !no image":   `\# no heading, \!no image`,
		"\x1b[31mred\t":             ` \[31mred `,
		"bad \xff":                  "bad \uFFFD",
	} {
		if got := MarkdownText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for url, want := range map[string]string{
		"":                         "id",
		"javascript:alert(1)":      "id",
		"https://e.com/#a":         "[id](https://e.com/#a)",
		"https://e.com/) \n<x>|é":  "[id](https://e.com/%29%20%0A%3Cx%3E%7C%C3%A9)",
		"http://e.com/a%20b?c=1&d": "[id](http://e.com/a%20b?c=1&d)",
	} {
		if got := (Finding{CheckID: "id", DocURL: url}).link(); got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}
