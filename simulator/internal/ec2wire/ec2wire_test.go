package ec2wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

func post(t *testing.T, target, body string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
}

func TestParseTellsServicesApart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		why, target, body string
		forEC2            bool
		code              string
	}{
		{"by version", "http://127.0.0.1/", "Action=DescribeVpcs&Version=2016-11-15", true, ""},
		{"in the query", "http://127.0.0.1/?Action=DescribeVpcs&Version=2016-11-15", "", true, ""},
		{"by host", "https://ec2.us-east-1.amazonaws.com/", "Action=DescribeVpcs&Version=2014-01-01", true, "NoSuchVersion"},
		{"by host, no version", "https://ec2.us-east-1.amazonaws.com/", "Action=DescribeVpcs", true, "NoSuchVersion"},
		{"no action", "http://127.0.0.1/", "Version=2016-11-15", true, "MissingAction"},
		{"malformed", "http://127.0.0.1/", "Action=A&Version=2016-11-15&x=%zz", true, "MalformedQueryString"},
		{"another service", "https://elasticache.us-east-1.amazonaws.com/", "Action=DescribeEvents&Version=2015-02-02", false, ""},
		{"nothing", "http://127.0.0.1/", "", false, ""},
	} {
		r := post(t, test.target, test.body)
		q, forEC2, err := Parse(r)
		var e *wire.Error
		errors.As(err, &e)
		if forEC2 != test.forEC2 || (e == nil) != (test.code == "") || e != nil && e.Code != test.code {
			t.Errorf("%s: forEC2 %v, %v, want %v and %q", test.why, forEC2, err, test.forEC2, test.code)
		}
		if test.forEC2 && test.code == "" && q.Action != "DescribeVpcs" {
			t.Errorf("%s: action %q", test.why, q.Action)
		}
		if left, err := io.ReadAll(r.Body); err != nil || string(left) != test.body {
			t.Errorf("%s: %q is left of the body, %v", test.why, left, err)
		}
	}
}

// A body over the limit is not lost to who reads it next.
func TestParseLeavesALargeBody(t *testing.T) {
	t.Parallel()
	body := "Action=A&Version=2015-02-02&x=" + strings.Repeat("y", maxBody)
	r := post(t, "http://127.0.0.1/", body)
	if _, forEC2, err := Parse(r); forEC2 || err != nil {
		t.Errorf("forEC2 %v, %v", forEC2, err)
	}
	if left, err := io.ReadAll(r.Body); err != nil || len(left) != len(body) {
		t.Errorf("%d bytes are left, %v, want %d", len(left), err, len(body))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=a*&MaxResults=5")
	f.Add("Action=A&Version=2016-11-15&Filter.x.Name=&Filter..Value.1=%zz&SubnetId.1=a&SubnetId.01=b&SubnetId.-1=c")
	f.Fuzz(func(t *testing.T, body string) {
		q, forEC2, err := Parse(post(t, "http://127.0.0.1/", body))
		if !forEC2 || err != nil {
			return
		}
		for _, v := range q.List("SubnetId") {
			if !strings.Contains(body, "SubnetId") {
				t.Errorf("list has %q", v)
			}
		}
		items := []string{"a", "ab", "b"}
		found, err := Select(q, items, Attributes[string]{"vpc-id": func(s string) []string { return []string{s} }})
		if err != nil {
			return
		}
		if page, _, err := Page(q, found, func(s string) string { return s }, Limits{Least: 1, Most: 100}); err == nil && len(page) > len(items) {
			t.Errorf("%d of %d items", len(page), len(items))
		}
	})
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"subnet-a", "subnet-a", true},
		{"subnet-a", "subnet-ab", false},
		{"subnet-*", "subnet-", true},
		{"*-a", "subnet-a", true},
		{"subnet-?", "subnet-a", true},
		{"subnet-?", "subnet-", false},
		{"10.0.0.0/1?", "10.0.0.0/16", true},
		{"10.0.0.0/1?", "10x0.0.0/16", false},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`a\`, `a\`, true},
		{"*", "two\nlines", true},
		{"Subnet-a", "subnet-a", false},
		{"(*", "(x", true},
	} {
		if got := match(test.pattern, test.s); got != test.want {
			t.Errorf("match(%q, %q) is %v", test.pattern, test.s, got)
		}
	}
}

func TestListIsInOrder(t *testing.T) {
	t.Parallel()
	q := Request{values: url.Values{"Id.10": {"c"}, "Id.2": {"b"}, "Id.1": {"a"}, "Id.x": {"no"}, "Identity.1": {"no"}}}
	if got := q.List("Id"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("list %q", got)
	}
}

func TestErrorStatuses(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{
		"UnauthorizedOperation": 403, "AuthFailure": 401, "RequestLimitExceeded": 503, "InternalError": 500, "Unavailable": 503,
		"DryRunOperation": 412, "InvalidSubnetID.NotFound": 400, "Throttling": 400, "MalformedQueryString": 400,
	} {
		if e := NewError(code, "x"); e.Status != want || e.Code != code {
			t.Errorf("%s: %+v, want HTTP %d", code, e, want)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	WriteError(w, "id-1", NewError("UnauthorizedOperation", "You <may> not"))
	want := `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You &lt;may&gt; not</Message></Error></Errors><RequestID>id-1</RequestID></Response>`
	if !strings.HasSuffix(w.Body.String(), want) || w.Code != 403 {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

func TestWriteResult(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	WriteResult(w, "DescribeSubnets", "id-1", &DescribeSubnetsResponse{})
	want := `<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id-1</requestId><subnetSet></subnetSet></DescribeSubnetsResponse>`
	if !strings.HasSuffix(w.Body.String(), want) || w.Code != 200 {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}
