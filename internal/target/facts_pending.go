package target

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// pendingOfGroup names the changes that wait to be applied to a group.
func pendingOfGroup(p *types.ReplicationGroupPendingModifiedValues) []string {
	if p == nil {
		return nil
	}
	return setFields(reflect.ValueOf(*p))
}

// pendingOfCluster names the changes that wait to be applied to a member.
func pendingOfCluster(p *types.PendingModifiedValues) []string {
	if p == nil {
		return nil
	}
	return setFields(reflect.ValueOf(*p))
}

// setFields names the fields of a structure of the SDK that say something. It
// reads them by reflection, so that a value which the service adds to the
// structure is told without a change here.
func setFields(v reflect.Value) []string {
	var names []string
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && says(v.Field(i)) {
			names = append(names, f.Name)
		}
	}
	return names
}

// says reports whether a field says something: an empty element or list does
// not, a pointer to false does.
func says(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && (v.Elem().Kind() != reflect.Struct || says(v.Elem()))
	case reflect.Struct:
		return len(setFields(v)) > 0
	case reflect.Slice, reflect.Map:
		return v.Len() > 0
	}
	return !v.IsZero()
}
