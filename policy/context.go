package policy

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Context is the request context: the values of condition keys such as aws:SourceIp or aws:PrincipalTag/team. Key
// names compare without regard to case, tag keys included (IAM User Guide, "IAM JSON policy elements: Condition").
//
// The zero Context is empty and ready to use. Building one is not safe for concurrent use; evaluating with one is.
type Context struct {
	values map[string]Value
}

// Value is the value of one condition key. A single-valued key and a multi-valued key with one element differ: only
// the latter demands ForAllValues or ForAnyValue.
type Value struct {
	single string
	many   []string
	multi  bool
}

// IsMulti reports whether the key is multi-valued.
func (v Value) IsMulti() bool { return v.multi }

// Strings returns the values, one for a single-valued key. The result is a copy.
func (v Value) Strings() []string {
	if v.multi {
		return slices.Clone(v.many)
	}
	return []string{v.single}
}

func (v *Value) len() int {
	if v.multi {
		return len(v.many)
	}
	return 1
}

func (v *Value) at(i int) string {
	if v.multi {
		return v.many[i]
	}
	return v.single
}

// Set gives a single-valued key its value. Numbers are decimal, dates ISO 8601 or epoch seconds, booleans "true" or
// "false", binary values base64.
func (c *Context) Set(key, value string) { c.put(key, Value{single: value}) }

// SetList gives a multi-valued key, such as aws:TagKeys, its values. No values means that the key is present and empty.
func (c *Context) SetList(key string, values ...string) {
	c.put(key, Value{many: values, multi: true})
}

// Delete removes a key.
func (c *Context) Delete(key string) { delete(c.values, lowerKey(key)) }

// Get returns the value of a key and whether it is present.
func (c *Context) Get(key string) (Value, bool) {
	v, ok := c.values[lowerKey(key)]
	return v, ok
}

// Len returns the number of keys.
func (c *Context) Len() int { return len(c.values) }

// All yields every key, in lower case, with its value, sorted by key.
func (c *Context) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, key := range slices.Sorted(maps.Keys(c.values)) {
			if !yield(key, c.values[key]) {
				return
			}
		}
	}
}

// Clone returns a copy that can be changed without affecting c: a base context per session and a clone per request.
func (c *Context) Clone() Context { return Context{values: maps.Clone(c.values)} }

func (c *Context) put(key string, v Value) {
	if c.values == nil {
		c.values = make(map[string]Value, 16)
	}
	c.values[lowerKey(key)] = v
}

// lookup expects the key in lower case, so that evaluation does not allocate.
func (c *Context) lookup(key string) (Value, bool) {
	v, ok := c.values[key]
	return v, ok
}

// lowerKey spares the allocation for the keys that nearly every request carries.
func lowerKey(key string) string {
	if low, ok := globalKeys[key]; ok {
		return low
	}
	return strings.ToLower(key)
}

// globalKeys maps the global condition keys as the User Guide spells them to lower case.
var globalKeys = func() map[string]string {
	m := map[string]string{}
	for _, key := range []string{
		"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:CurrentTime", "aws:EpochTime",
		"aws:FederatedProvider", "aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent", "aws:PrincipalAccount",
		"aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
		"aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalType", "aws:referer",
		"aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths",
		"aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp",
		"aws:SourceVpc", "aws:SourceVpce", "aws:TagKeys", "aws:TokenIssueTime", "aws:UserAgent", "aws:userid",
		"aws:username", "aws:ViaAWSService", "aws:VpcSourceIp", "iam:PassedToService", "iam:PermissionsBoundary",
		"iam:PolicyARN", "sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys",
	} {
		m[key] = strings.ToLower(key)
	}
	return m
}()
