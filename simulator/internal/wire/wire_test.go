package wire

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func request(t *testing.T, form string) Request {
	t.Helper()
	q, err := Parse(httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Action=A&Version="+Version+"&"+form)))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestTime(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	for _, v := range []string{
		"2026-01-02T03:04:00Z", "2026-01-02T03:04:00.000Z", "2026-01-02T03:04Z", "2026-01-02T03:04:00", "2026-01-02T03:04",
		"2026-01-02T05:04:00%2B02:00",
	} {
		if got, err := request(t, "T="+v).Time("T"); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", v, got, err)
		}
	}
}

func TestCustomerEndpoint(t *testing.T) {
	t.Parallel()
	const a, p = "CustomerNodeEndpointList.member.1.Address=", "&CustomerNodeEndpointList.member.1.Port="
	for _, tc := range []struct {
		form, why string
		ok        bool
	}{
		{a + "10.0.0.1" + p + "6379", "as clients send it", true},
		{a + "::1" + p + "6379", "IPv6", true},
		{a + "redis_1.example.internal" + p + "1", "host name", true},
		{"CustomerNodeEndpointList.1.Address=h&CustomerNodeEndpointList.1.Port=1", "without member", true},
		{"CustomerNodeEndpointList.member.7.Address=h&CustomerNodeEndpointList.member.7.Port=1", "one entry, whatever its number", true},
		{a + "h", "no port", false},
		{a + "%22h%22" + p + "1", "quoted", false},
		{a + "h%0d%0a" + p + "-1", "negative port", false},
		{a + strings.Repeat("h", 300) + p + "1", "too long", false},
		{a + "-h" + p + "1", "begins with a hyphen", false},
		{"CustomerNodeEndpointList.member.0.Address=h&CustomerNodeEndpointList.member.0.Port=1", "entries count from 1", false},
	} {
		if _, err := request(t, tc.form).CustomerEndpoint(); (err == nil) != tc.ok {
			t.Errorf("%s: error %v", tc.why, err)
		}
	}
}

// Pages cover everything once, for any number of items.
func TestPage(t *testing.T) {
	t.Parallel()
	key := func(s string) string { return s }
	for _, total := range []int{0, 1, 19, 20, 21, 40, 41, 100} {
		var items []string
		for i := range total {
			items = append(items, string(rune('A'+i)))
		}
		var got []string
		marker := ""
		for {
			page, next, err := Page(request(t, "MaxRecords=20&Marker="+marker), items, key)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if marker = next; marker == "" {
				break
			}
		}
		if strings.Join(got, "") != strings.Join(items, "") {
			t.Errorf("%d items: got %v", total, got)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("N=20&B=true&T=2026-01-01&CustomerNodeEndpointList.member.1.Address=h&CustomerNodeEndpointList.member.1.Port=1&Marker=eA")
	f.Add("N=&B=&T=&CustomerNodeEndpointList.=&CustomerNodeEndpointList.member..=")
	f.Fuzz(func(t *testing.T, form string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form))
		q, err := Parse(r)
		errs := []error{err}
		for _, ask := range []func() error{
			func() error { _, err := q.Int("N", 1, 0, 9); return err },
			func() error { _, err := q.Bool("B"); return err },
			func() error { _, err := q.Time("T"); return err },
			func() error { _, err := q.RequiredID("I"); return err },
			func() error { _, err := q.CustomerEndpoint(); return err },
			func() error {
				_, _, err := Page(q, []string{"a", "b"}, func(s string) string { return s })
				return err
			},
		} {
			errs = append(errs, ask())
		}
		for _, err := range errs {
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Status < 400 || e.Status > 499) {
				t.Errorf("%q: error %v is not the client's", form, err)
			}
		}
	})
}
