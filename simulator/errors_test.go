package simulator_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

type errorBody struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// call sends a raw form and returns status and body.
func call(h http.Handler, method, form string) (int, []byte) {
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form))
	if method == http.MethodGet {
		req = httptest.NewRequest(method, "/", nil)
		req.URL.RawQuery = form
	}
	req.Method = method
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	h.ServeHTTP(rec, req)
	body, _ := io.ReadAll(rec.Body)
	return rec.Code, body
}

func TestErrors(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	newGroup(t, sim, simulator.ReplicationGroup{ID: "tls", MultiAZ: simulator.Disabled, TransitEncryption: simulator.TransitEncryptionPreferred})
	newGroup(t, sim, simulator.ReplicationGroup{ID: "clustered", MultiAZ: simulator.Disabled, ClusterMode: simulator.Enabled})
	const (
		value   = "InvalidParameterValue"
		combo   = "InvalidParameterCombination"
		missing = "MissingParameter"
		list    = "&CustomerNodeEndpointList.member.1.Address=10.0.0.1&CustomerNodeEndpointList.member.1.Port=6379"
	)
	for _, tc := range []struct {
		action, params, code string
		status               int
	}{
		{"", "", "MissingAction", 400},
		{"DeleteReplicationGroup", "", "InvalidAction", 400},
		{"DescribeReplicationGroups", "&ReplicationGroupId=nope", "ReplicationGroupNotFoundFault", 404},
		{"DescribeReplicationGroups", "&ReplicationGroupId=", value, 400},
		{"DescribeReplicationGroups", "&MaxRecords=19", value, 400},
		{"DescribeReplicationGroups", "&MaxRecords=101", value, 400},
		{"DescribeReplicationGroups", "&MaxRecords=x", value, 400},
		{"DescribeReplicationGroups", "&MaxRecords=", value, 400},
		{"DescribeReplicationGroups", "&Marker=garbage", value, 400},
		{"DescribeCacheClusters", "&CacheClusterId=nope", "CacheClusterNotFound", 404},
		{"DescribeCacheClusters", "&ShowCacheNodeInfo=maybe", value, 400},
		{"DescribeCacheClusters", "&MaxRecords=1000", value, 400},
		{"DescribeCacheClusters", "&Marker=x", value, 400},
		{"DescribeCacheSubnetGroups", "&CacheSubnetGroupName=nope", "CacheSubnetGroupNotFoundFault", 400},
		{"DescribeCacheSubnetGroups", "&Marker=x", value, 400},
		{"DescribeCacheParameters", "", missing, 400},
		{"DescribeCacheParameters", "&CacheParameterGroupName=nope", "CacheParameterGroupNotFound", 404},
		{"DescribeCacheParameters", "&CacheParameterGroupName=default.redis7&Source=me", value, 400},
		{"DescribeCacheParameters", "&CacheParameterGroupName=default.redis7&MaxRecords=-5", value, 400},
		{"DescribeEvents", "&SourceIdentifier=rg", combo, 400},
		{"DescribeEvents", "&SourceType=planet", value, 400},
		{"DescribeEvents", "&StartTime=yesterday", value, 400},
		{"DescribeEvents", "&EndTime=2026-13-45", value, 400},
		{"DescribeEvents", "&Duration=0", value, 400},
		{"DescribeEvents", "&Duration=soon", value, 400},
		{"DescribeEvents", "&StartTime=2026-01-02T00:00:00Z&EndTime=2026-01-01T00:00:00Z", value, 400},
		{"DescribeEvents", "&StartTime=2026-01-01&EndTime=2026-01-02&Duration=5", combo, 400},
		{"DescribeEvents", "&MaxRecords=0", value, 400},
		{"StartMigration", list, missing, 400},
		{"StartMigration", "&ServerlessCacheName=s" + list, combo, 400},
		{"StartMigration", "&ReplicationGroupId=" + list, value, 400},
		{"StartMigration", "&ReplicationGroupId=rg", value, 400},
		{"StartMigration", "&ReplicationGroupId=rg&CustomerNodeEndpointList=", value, 400},
		{"StartMigration", "&ReplicationGroupId=nope" + list, "ReplicationGroupNotFoundFault", 404},
		{"StartMigration", "&ReplicationGroupId=tls" + list, value, 400},
		{"StartMigration", "&ReplicationGroupId=clustered" + list, combo, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.Replace(list, "=6379", "=abc", 1), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.Replace(list, "=6379", "=0", 1), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.Replace(list, "=6379", "=65536", 1), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.Replace(list, "10.0.0.1", "", 1), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.Replace(list, "10.0.0.1", "'10.0.0.1'", 1), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.Replace(list, "10.0.0.1", "a+b", 1), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + list + strings.ReplaceAll(list, "member.1", "member.2"), value, 400},
		{"StartMigration", "&ReplicationGroupId=rg" + strings.ReplaceAll(list, "member.1", "member.x"), value, 400},
		{"TestMigration", "&ReplicationGroupId=nope" + list, "ReplicationGroupNotFoundFault", 404},
		{"TestMigration", "&ReplicationGroupId=rg", value, 400},
		{"TestMigration", "&ReplicationGroupId=tls" + list, value, 400},
		{"TestMigration", list, missing, 400},
		{"CompleteMigration", "", missing, 400},
		{"CompleteMigration", "&ServerlessCacheName=s", combo, 400},
		{"CompleteMigration", "&ReplicationGroupId=nope", "ReplicationGroupNotFoundFault", 404},
		{"CompleteMigration", "&ReplicationGroupId=rg&Force=maybe", value, 400},
		{"CompleteMigration", "&ReplicationGroupId=rg", "ReplicationGroupNotUnderMigrationFault", 400},
		{"CompleteMigration", "&ReplicationGroupId=rg&Force=true", "ReplicationGroupNotUnderMigrationFault", 400},
	} {
		form := "Version=2015-02-02" + tc.params
		if tc.action != "" {
			form += "&Action=" + tc.action
		}
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			status, body := call(sim, method, form)
			checkError(t, method+" "+form, status, body, tc.status, tc.code)
		}
	}
	for _, tc := range []struct {
		method, form, code string
		status             int
	}{
		{http.MethodPost, "Action=DescribeEvents", "MissingParameter", 400},
		{http.MethodPost, "Action=DescribeEvents&Version=2014-01-01", "InvalidAction", 400},
		{http.MethodPost, "Action=%zz&Version=2015-02-02", "MalformedQueryString", 404},
		{http.MethodPost, "", "MissingAction", 400},
		{http.MethodPut, "Action=DescribeEvents&Version=2015-02-02", "InvalidAction", 405},
		{http.MethodPost, strings.Repeat("x", 2<<20), "RequestEntityTooLarge", 413},
	} {
		status, body := call(sim, tc.method, tc.form)
		checkError(t, tc.method+" "+tc.form[:min(80, len(tc.form))], status, body, tc.status, tc.code)
	}
	for _, c := range sim.Calls() {
		if c.Accepted || c.Code == "" || c.Status == 0 {
			t.Errorf("recorded call %+v, want a refusal", c)
		}
	}
}

func checkError(t *testing.T, what string, status int, body []byte, wantStatus int, wantCode string) {
	t.Helper()
	var got errorBody
	if err := xml.Unmarshal(body, &got); err != nil {
		t.Errorf("%s: body %q: %v", what, body, err)
		return
	}
	if status != wantStatus || got.Code != wantCode {
		t.Errorf("%s: %d %s %q, want %d %s", what, status, got.Code, got.Message, wantStatus, wantCode)
	}
	if got.Type != "Sender" || got.Message == "" || got.RequestID == "" || got.Namespace != "http://elasticache.amazonaws.com/doc/2015-02-02/" {
		t.Errorf("%s: envelope %+v", what, got)
	}
}

// The list of endpoints is also understood in its shorter spelling, and a
// started migration answers in the documented form.
func TestStartMigrationByHand(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	source := newSource(t)
	form := url.Values{
		"Action": {"StartMigration"}, "Version": {"2015-02-02"}, "ReplicationGroupId": {"rg"}, "UnknownMember": {"ignored"},
		"CustomerNodeEndpointList.1.Address": {"localhost"}, "CustomerNodeEndpointList.1.Port": {source.Addr()[len("127.0.0.1:"):]},
	}.Encode()
	status, body := call(sim, http.MethodPost, form)
	for _, part := range []string{
		`<StartMigrationResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><StartMigrationResult><ReplicationGroup><ReplicationGroupId>rg</ReplicationGroupId>`,
		`<GlobalReplicationGroupInfo></GlobalReplicationGroupInfo><Status>modifying</Status>`,
		`<MemberClusters><ClusterId>rg-001</ClusterId></MemberClusters>`,
		`</StartMigrationResult><ResponseMetadata><RequestId>`,
	} {
		if status != 200 || !strings.Contains(string(body), part) {
			t.Fatalf("status %d, want 200 and %q in\n%s", status, part, body)
		}
	}
	awaitStatus(t, g, "migrating")
	calls := sim.Calls()
	if len(calls) != 1 || calls[0].Operation != "StartMigration" || !calls[0].Accepted || calls[0].Parameters["UnknownMember"] != "ignored" {
		t.Errorf("calls %+v", calls)
	}
}

// Whatever arrives, the answer is well-formed and blames the client.
func FuzzServeHTTP(f *testing.F) {
	sim, err := simulator.New(fast())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := sim.Close(); err != nil {
			f.Error(err)
		}
	})
	for _, seed := range []string{
		"Action=DescribeEvents&Version=2015-02-02&StartTime=2026-01-01T00:00:00Z&Marker=eA",
		"Action=StartMigration&Version=2015-02-02&ReplicationGroupId=rg&CustomerNodeEndpointList.member.1.Address=h&CustomerNodeEndpointList.member.1.Port=1",
		"Action=CompleteMigration&Version=2015-02-02&ReplicationGroupId=rg&Force=true",
		"Action=DescribeCacheParameters&Version=2015-02-02&CacheParameterGroupName=default.redis7&MaxRecords=20",
		"Action=%00<&Version=2015-02-02", "a;b=%", "Action=DescribeCacheClusters&Version=2015-02-02&CacheClusterId=\xff\x00",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, form string, get bool) {
		method := http.MethodPost
		if get {
			method = http.MethodGet
		}
		status, body := call(sim, method, form)
		if status < 200 || status >= 500 {
			t.Errorf("%q: status %d\n%s", form, status, body)
		}
		var any struct{ XMLName xml.Name }
		if err := xml.Unmarshal(body, &any); err != nil {
			t.Errorf("%q: body %q: %v", form, body, err)
		}
	})
}
