package awswire

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// kind is how a Go type looks on the wire.
type kind uint8

const (
	kindString kind = iota
	kindBool
	kindInt
	kindTime
	kindBlob
	kindList
	kindMap
	kindStruct
	kindPointer
	kindDocument
	kindUnion
)

// plan is what the codecs know of one Go type. Plans are made once per type.
type plan struct {
	kind kind
	typ  reflect.Type
	// elem is what a pointer points to, a list or a map's values hold.
	elem *plan
	// fields are a structure's members or a union's variants; names finds them
	// by their names on the wire.
	fields []field
	names  map[string]int
}

// field is one member of a structure, or one variant of a union.
type field struct {
	name string
	// quoted is the name as a JSON string with its colon.
	quoted string
	// index leads from the structure to the field; the members of embedded
	// structures have more than one step.
	index []int
	plan  *plan
	// urlEncoded members are policy documents, percent-encoded in answers.
	urlEncoded bool
	// variant is the struct type of a union's variant.
	variant reflect.Type
}

// in returns the field of a structure.
func (f *field) in(v reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	return v.FieldByIndex(f.index)
}

// wireNames are the members whose names on the wire are not their Go names.
var wireNames = map[reflect.Type]map[string]string{
	reflect.TypeFor[cognitotypes.HttpHeader]():          {"HeaderName": "headerName", "HeaderValue": "headerValue"},
	reflect.TypeFor[ststypes.PolicyDescriptorType]():    {"Arn": "arn"},
	reflect.TypeFor[iam.ListDelegationRequestsOutput](): {"IsTruncated": "isTruncated"},
}

// urlEncodedDocuments are the policy documents that IAM answers
// percent-encoded (RFC 3986).
var urlEncodedDocuments = map[reflect.Type]string{
	reflect.TypeFor[iam.GetGroupPolicyOutput](): "PolicyDocument",
	reflect.TypeFor[iam.GetRolePolicyOutput]():  "PolicyDocument",
	reflect.TypeFor[iam.GetUserPolicyOutput]():  "PolicyDocument",
	reflect.TypeFor[iamtypes.PolicyDetail]():    "PolicyDocument",
	reflect.TypeFor[iamtypes.PolicyVersion]():   "Document",
	reflect.TypeFor[iamtypes.Role]():            "AssumeRolePolicyDocument",
	reflect.TypeFor[iamtypes.RoleDetail]():      "AssumeRolePolicyDocument",
}

// unions are the interface types that stand for unions, with the variants.
var unions = map[reflect.Type]map[string]reflect.Type{
	reflect.TypeFor[iamtypes.PolicyIdentifier](): {
		"InlinePolicyIdentifier": reflect.TypeFor[iamtypes.PolicyIdentifierMemberInlinePolicyIdentifier](),
		"PolicyArn":              reflect.TypeFor[iamtypes.PolicyIdentifierMemberPolicyArn](),
		"PolicyType":             reflect.TypeFor[iamtypes.PolicyIdentifierMemberPolicyType](),
	},
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	blobType     = reflect.TypeFor[[]byte]()
	documentType = reflect.TypeFor[document.Interface]()
)

// plans caches plans by type: reflect.Type to *plan.
var plans sync.Map

// planOf returns the plan of a type. It panics on a type that no wire type of
// the four services has.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := buildPlan(t, map[reflect.Type]*plan{})
	plans.Store(t, p)
	return p
}

// buildPlan makes the plan of a type; known holds those begun, for types that
// contain themselves.
func buildPlan(t reflect.Type, known map[reflect.Type]*plan) *plan {
	if p, ok := known[t]; ok {
		return p
	}
	p := &plan{typ: t}
	known[t] = p
	switch {
	case t == timeType:
		p.kind = kindTime
	case t == blobType:
		p.kind = kindBlob
	case t == documentType:
		p.kind = kindDocument
	case unions[t] != nil:
		p.kind = kindUnion
		p.addVariants(unions[t], known)
	default:
		p.fillKind(known)
	}
	p.names = make(map[string]int, len(p.fields))
	for i, f := range p.fields {
		p.names[f.name] = i
	}
	return p
}

func (p *plan) fillKind(known map[reflect.Type]*plan) {
	switch p.typ.Kind() {
	case reflect.String:
		p.kind = kindString
	case reflect.Bool:
		p.kind = kindBool
	case reflect.Int32, reflect.Int64:
		p.kind = kindInt
	case reflect.Slice:
		p.kind, p.elem = kindList, buildPlan(p.typ.Elem(), known)
	case reflect.Map:
		p.kind, p.elem = kindMap, buildPlan(p.typ.Elem(), known)
	case reflect.Pointer:
		p.kind, p.elem = kindPointer, buildPlan(p.typ.Elem(), known)
	case reflect.Struct:
		p.kind = kindStruct
		p.addFields(p.typ, nil, known)
	default:
		panic(fmt.Sprintf("awswire: %s has no wire form", p.typ))
	}
}

// addFields adds the members of a structure and of those it embeds. A member
// hides one of the same name in an embedded structure.
func (p *plan) addFields(t reflect.Type, path []int, known map[reflect.Type]*plan) {
	var embedded []int
	for i := range t.NumField() {
		sf := t.Field(i)
		switch {
		case !sf.IsExported() || sf.Name == "ResultMetadata":
		case sf.Anonymous && sf.Type.Kind() == reflect.Struct:
			embedded = append(embedded, i)
		default:
			p.addField(t, sf, append(path[:len(path):len(path)], i), known)
		}
	}
	for _, i := range embedded {
		p.addFields(t.Field(i).Type, append(path[:len(path):len(path)], i), known)
	}
}

func (p *plan) addField(t reflect.Type, sf reflect.StructField, index []int, known map[reflect.Type]*plan) {
	name := sf.Name
	if wire, ok := wireNames[t][name]; ok {
		name = wire
	}
	for _, f := range p.fields {
		if f.name == name {
			return
		}
	}
	p.fields = append(p.fields, field{
		name:       name,
		quoted:     `"` + name + `":`,
		index:      index,
		plan:       buildPlan(sf.Type, known),
		urlEncoded: urlEncodedDocuments[t] == sf.Name,
	})
}

func (p *plan) addVariants(variants map[string]reflect.Type, known map[reflect.Type]*plan) {
	for name, t := range variants {
		value, _ := t.FieldByName("Value")
		p.fields = append(p.fields, field{
			name: name, quoted: `"` + name + `":`, variant: t, index: value.Index, plan: buildPlan(value.Type, known),
		})
	}
}

// variantOf returns the variant that a union holds and its value, or nil.
func (p *plan) variantOf(v reflect.Value) (*field, reflect.Value) {
	if v.IsNil() {
		return nil, reflect.Value{}
	}
	held := v.Elem().Elem()
	for i := range p.fields {
		if p.fields[i].variant == held.Type() {
			return &p.fields[i], held.FieldByIndex(p.fields[i].index)
		}
	}
	return nil, reflect.Value{}
}

// absent tells whether a member has no value: a nil pointer, list, map,
// document or union, or an enum that is not set. Scalars that are no pointers
// always have one.
func (p *plan) absent(v reflect.Value) bool {
	switch p.kind {
	case kindString:
		return v.Len() == 0
	case kindPointer, kindList, kindMap, kindBlob, kindDocument, kindUnion:
		return v.IsNil()
	}
	return false
}

// lowerFirst gives a member's name as it stands in constraint errors.
func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }
