package iam

import (
	"fmt"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestAccountProperties(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	put := func(properties map[string]string) error {
		_, err := f.PutAccountProperties(f.ctx, &iam.PutAccountPropertiesInput{Properties: properties})
		return err
	}
	holds := func(want map[string]string) {
		t.Helper()
		if got := must(f.GetAccountProperties(f.ctx, &iam.GetAccountPropertiesInput{}))(t).Properties; !maps.Equal(got, want) {
			t.Errorf("properties %v, want %v", got, want)
		}
	}
	holds(map[string]string{})
	check(t, put(map[string]string{"One/A": "true", "One/B": "x"}))
	check(t, put(map[string]string{"Two/A": "false"}))
	check(t, put(map[string]string{"One/A": "false"}))
	want := map[string]string{"One/A": "false", "One/B": "x", "Two/A": "false"}
	holds(want)
	for _, key := range []string{"A", "/A", "A/", "A/B/C", "A//B", "/"} {
		checkRefused(t, put(map[string]string{key: "true"}), "InvalidInput", "Invalid property key: "+key+" is not of the form Namespace/PropertyName.")
	}
	checkRefused(t, put(map[string]string{"One/A": "true", "Two/A": "true"}), "InvalidInput", "All properties must belong to the same namespace.")
	many := map[string]string{}
	for i := range maxProperties {
		many[fmt.Sprintf("Three/P%d", i)] = "true"
	}
	checkRefused(t, put(many), "InvalidInput", "Cannot exceed quota for AccountProperties: 100")
	holds(want)
	f.ctx = f.as(otherOwner, rootOf(otherOwner, "AKIAOTHER"))
	holds(map[string]string{})
}
