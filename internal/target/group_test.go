package target_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
)

func notFound() error { return &types.ReplicationGroupNotFoundFault{Message: aws.String("gone")} }

func TestDescribe(t *testing.T) {
	t.Parallel()
	f := newFake()
	got, err := target.New(f, "prod").Describe(t.Context())
	want := target.Description{
		Status: "available", Primary: "prod.ng:6379", NodeGroups: 1,
		Members: []target.Member{
			{ID: "prod-001", Role: "replica", Endpoint: "prod-001:6379"},
			{ID: "prod-002", Role: "primary", Endpoint: "prod-002:6379"},
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	f.group.NodeGroups[0].PrimaryEndpoint = nil
	if got, err := target.New(f, "prod").Describe(t.Context()); err != nil || got.Primary != "" {
		t.Errorf("without an endpoint: %+v, %v", got, err)
	}
	if _, err := target.New(f, "other").Describe(t.Context()); !errors.Is(err, target.ErrNotFound) ||
		target.Classify(err) != retry.Permanent || !strings.Contains(err.Error(), "replication group other") {
		t.Errorf("an empty answer: %v is %s", err, target.Classify(err))
	}
	f.fail["DescribeReplicationGroups"] = notFound()
	if _, err := target.New(f, "prod").Describe(t.Context()); !errors.Is(err, target.ErrNotFound) || target.Code(err) == "" {
		t.Errorf("the fault: %v", err)
	}
}

func TestSteering(t *testing.T) {
	t.Parallel()
	f := newFake()
	g := target.New(f, "prod")
	if err := errors.Join(g.Test(t.Context(), "10.0.0.1", 6379), g.Start(t.Context(), "10.0.0.2", 6380)); err != nil {
		t.Fatal(err)
	}
	if e := f.tested.CustomerNodeEndpointList; *f.tested.ReplicationGroupId != "prod" || len(e) != 1 || *e[0].Address != "10.0.0.1" || *e[0].Port != 6379 {
		t.Errorf("tested %+v", e)
	}
	if e := f.started.CustomerNodeEndpointList; *f.started.ReplicationGroupId != "prod" || len(e) != 1 || *e[0].Address != "10.0.0.2" || *e[0].Port != 6380 {
		t.Errorf("started %+v", e)
	}
	if f.started.AutoCutover != nil || f.started.ClearTargetCacheData != nil || f.started.ServerlessCacheName != nil {
		t.Errorf("started with members of the serverless variant: %+v", f.started)
	}
	if err := g.Complete(t.Context()); err != nil || *f.complete.ReplicationGroupId != "prod" || aws.ToBool(f.complete.Force) {
		t.Errorf("complete %+v, %v", f.complete, err)
	}
	if err := g.ForceStop(t.Context()); err != nil || *f.complete.ReplicationGroupId != "prod" || !aws.ToBool(f.complete.Force) {
		t.Errorf("force stop %+v, %v", f.complete, err)
	}
	f.started = nil
	for _, err := range []error{g.Start(t.Context(), "", 6379), g.Start(t.Context(), "h", 0), g.Test(t.Context(), "h", 65536)} {
		if err == nil || target.Ambiguous(err) || target.Classify(err) != retry.Permanent {
			t.Errorf("a bad source: %v is %s", err, target.Classify(err))
		}
	}
	if f.started != nil {
		t.Error("a bad source was sent")
	}
}
