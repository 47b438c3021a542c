package vpc_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/preflight/vpc"
)

var (
	_ vpc.API         = (*ec2.Client)(nil)
	_ vpc.AnalyzerAPI = (*ec2.Client)(nil)
)

// TestActions: the actions are those of the interfaces' methods.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		api  reflect.Type
		want []string
	}{
		{reflect.TypeFor[vpc.API](), vpc.Actions()},
		{reflect.TypeFor[vpc.AnalyzerAPI](), vpc.AnalyzerActions()},
	} {
		var got []string
		for i := range test.api.NumMethod() {
			got = append(got, "ec2:"+test.api.Method(i).Name)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v has %q, and the actions are %q", test.api, got, test.want)
		}
	}
}
