package userpool

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// maxCustomAttributes is how many custom attributes a pool may have (quota
// "Custom attributes per user pool").
const maxCustomAttributes = 50

const (
	attributeFixed        = "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute %s"
	attributeSubFixed     = "You can not change the requirement or the mutability of the schema attribute sub"
	attributeNoType       = "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
	attributeRequired     = "Required custom attributes are not supported currently."
	attributeDuplicate    = "Duplicate custom attribute names %s are not allowed in a user pool schema."
	attributeTwice        = "Duplicate attribute names %s are not allowed in a user pool schema."
	attributeExists       = "custom:%s: Existing attribute already has name %s."
	attributeLengthOrder  = "Attribute %s cannot have a max length shorter than it's min length"
	attributeValueOrder   = "Attribute %s cannot have a max value smaller than it's min value"
	attributeTooLong      = "Attribute %s: String attributes cannot have a length of more than 2048"
	attributeBadBound     = "Attribute %s: %s is not a valid %s."
	tooManyAttributes     = "A user pool cannot have more than %d custom attributes."
	attributeNameless     = "Schema attributes must have a name."
	preferredUsernameReqd = "preferred_username cannot be required in a user pool that is configured for preferred_username alias."
)

// maxAttributeLength is the longest string attribute (API Reference,
// StringAttributeConstraintsType).
const maxAttributeLength = 2048

// standardSchema returns the attributes of OpenID Connect that every pool has,
// in the order in which pools show them.
func standardSchema() []types.SchemaAttributeType {
	s := []types.SchemaAttributeType{
		standardString("sub", "1", "2048"),
		standardString("name", "0", "2048"),
		standardString("given_name", "0", "2048"),
		standardString("family_name", "0", "2048"),
		standardString("middle_name", "0", "2048"),
		standardString("nickname", "0", "2048"),
		standardString("preferred_username", "0", "2048"),
		standardString("profile", "0", "2048"),
		standardString("picture", "0", "2048"),
		standardString("website", "0", "2048"),
		standardString("email", "0", "2048"),
		standard("email_verified", types.AttributeDataTypeBoolean),
		standardString("gender", "0", "2048"),
		standardString("birthdate", "10", "10"),
		standardString("zoneinfo", "0", "2048"),
		standardString("locale", "0", "2048"),
		standardString("phone_number", "0", "2048"),
		standard("phone_number_verified", types.AttributeDataTypeBoolean),
		standardString("address", "0", "2048"),
		standard("updated_at", types.AttributeDataTypeNumber),
	}
	s[0].Mutable, s[0].Required = aws.Bool(false), aws.Bool(true)
	s[len(s)-1].NumberAttributeConstraints = &types.NumberAttributeConstraintsType{MinValue: aws.String("0")}
	return s
}

func standard(name string, of types.AttributeDataType) types.SchemaAttributeType {
	return types.SchemaAttributeType{
		Name: aws.String(name), AttributeDataType: of,
		DeveloperOnlyAttribute: aws.Bool(false), Mutable: aws.Bool(true), Required: aws.Bool(false),
	}
}

func standardString(name, minLength, maxLength string) types.SchemaAttributeType {
	a := standard(name, types.AttributeDataTypeString)
	a.StringAttributeConstraints = &types.StringAttributeConstraintsType{MinLength: aws.String(minLength), MaxLength: aws.String(maxLength)}
	return a
}

// newSchema returns a new pool's schema: the standard attributes as changed by
// the input's, and its custom ones.
func newSchema(given []types.SchemaAttributeType) ([]types.SchemaAttributeType, error) {
	schema := standardSchema()
	standards := len(schema)
	var changed []string
	for i := range given {
		name := aws.ToString(given[i].Name)
		at := slices.IndexFunc(schema[:standards], func(a types.SchemaAttributeType) bool { return *a.Name == name })
		if at < 0 {
			var err error
			if schema, err = addCustom(schema, &given[i], attributeDuplicate); err != nil {
				return nil, err
			}
			continue
		}
		if slices.Contains(changed, name) {
			return nil, invalidParameter(attributeTwice, name)
		}
		changed = append(changed, name)
		if err := changeStandard(&schema[at], &given[i]); err != nil {
			return nil, err
		}
	}
	return schema, nil
}

// changeStandard applies what a pool's creator may change of a standard
// attribute: whether it is required and mutable, and its bounds.
func changeStandard(a, given *types.SchemaAttributeType) error {
	if given.AttributeDataType != "" && given.AttributeDataType != a.AttributeDataType || aws.ToBool(given.DeveloperOnlyAttribute) {
		return invalidParameter(attributeFixed, *a.Name)
	}
	if *a.Name == "sub" && (given.Required != nil && !*given.Required || aws.ToBool(given.Mutable)) {
		return invalidParameter(attributeSubFixed)
	}
	if given.Required != nil {
		a.Required = given.Required
	}
	if given.Mutable != nil {
		a.Mutable = given.Mutable
	}
	if c := given.StringAttributeConstraints; c != nil && a.StringAttributeConstraints != nil {
		a.StringAttributeConstraints = &types.StringAttributeConstraintsType{
			MinLength: cmpOr(c.MinLength, a.StringAttributeConstraints.MinLength),
			MaxLength: cmpOr(c.MaxLength, a.StringAttributeConstraints.MaxLength),
		}
	}
	if c := given.NumberAttributeConstraints; c != nil && a.NumberAttributeConstraints != nil {
		a.NumberAttributeConstraints = &types.NumberAttributeConstraintsType{
			MinValue: cmpOr(c.MinValue, a.NumberAttributeConstraints.MinValue),
			MaxValue: cmpOr(c.MaxValue, a.NumberAttributeConstraints.MaxValue),
		}
	}
	return checkBounds(a)
}

// addCustom appends a custom attribute to a schema. taken is the text for a
// name that the schema has already.
func addCustom(schema []types.SchemaAttributeType, given *types.SchemaAttributeType, taken string) ([]types.SchemaAttributeType, error) {
	a, err := customAttribute(given)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(schema, func(o types.SchemaAttributeType) bool { return *o.Name == *a.Name }) {
		if taken == attributeExists {
			return nil, invalidParameter(attributeExists, *given.Name, *a.Name)
		}
		return nil, invalidParameter(taken, *a.Name)
	}
	custom := 1
	for _, o := range schema {
		if isCustom(*o.Name) {
			custom++
		}
	}
	if custom > maxCustomAttributes {
		return nil, invalidParameter(tooManyAttributes, maxCustomAttributes)
	}
	return append(schema, *a), nil
}

// isCustom tells a custom attribute by its full name.
func isCustom(name string) bool {
	return strings.HasPrefix(name, "custom:") || strings.HasPrefix(name, "dev:custom:")
}

// customAttribute returns the attribute that is made of the one given: named
// custom:<name>, or dev:custom:<name> if only developers may change it.
func customAttribute(given *types.SchemaAttributeType) (*types.SchemaAttributeType, error) {
	if aws.ToString(given.Name) == "" {
		return nil, invalidParameter(attributeNameless)
	}
	if !slices.Contains(types.AttributeDataType("").Values(), given.AttributeDataType) {
		return nil, invalidParameter(attributeNoType)
	}
	if aws.ToBool(given.Required) {
		return nil, invalidParameter(attributeRequired)
	}
	name := "custom:" + *given.Name
	if aws.ToBool(given.DeveloperOnlyAttribute) {
		name = "dev:" + name
	}
	a := standard(name, given.AttributeDataType)
	a.DeveloperOnlyAttribute = aws.Bool(aws.ToBool(given.DeveloperOnlyAttribute))
	a.Mutable = cmpOr(given.Mutable, aws.Bool(true))
	switch given.AttributeDataType {
	case types.AttributeDataTypeString:
		a.StringAttributeConstraints = cmpOr(given.StringAttributeConstraints, &types.StringAttributeConstraintsType{})
	case types.AttributeDataTypeNumber:
		a.NumberAttributeConstraints = cmpOr(given.NumberAttributeConstraints, &types.NumberAttributeConstraintsType{})
	}
	return &a, checkBounds(&a)
}

// checkBounds checks the bounds of an attribute, which are numbers in strings.
func checkBounds(a *types.SchemaAttributeType) error {
	if c := a.StringAttributeConstraints; c != nil {
		shortest, err := bound(a, "MinLength", c.MinLength, 0)
		if err != nil {
			return err
		}
		longest, err := bound(a, "MaxLength", c.MaxLength, maxAttributeLength)
		if err != nil {
			return err
		}
		for name, n := range map[string]float64{"MinLength": shortest, "MaxLength": longest} {
			if n < 0 || n != math.Trunc(n) {
				return invalidParameter(attributeBadBound, *a.Name, strconv.FormatFloat(n, 'f', -1, 64), name)
			}
		}
		switch {
		case max(shortest, longest) > maxAttributeLength:
			return invalidParameter(attributeTooLong, *a.Name)
		case longest < shortest:
			return invalidParameter(attributeLengthOrder, *a.Name)
		}
	}
	if c := a.NumberAttributeConstraints; c != nil {
		least, err := bound(a, "MinValue", c.MinValue, math.Inf(-1))
		if err != nil {
			return err
		}
		most, err := bound(a, "MaxValue", c.MaxValue, math.Inf(1))
		if err != nil {
			return err
		}
		if most < least {
			return invalidParameter(attributeValueOrder, *a.Name)
		}
	}
	return nil
}

// bound parses a bound; absent is its value when there is none.
func bound(a *types.SchemaAttributeType, name string, text *string, absent float64) (float64, error) {
	if text == nil {
		return absent, nil
	}
	n, err := strconv.ParseFloat(*text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(*text, "xXpP_") {
		return 0, invalidParameter(attributeBadBound, *a.Name, *text, name)
	}
	return n, nil
}

// cmpOr is the first pointer that is not nil.
func cmpOr[T any](pointers ...*T) *T {
	for _, p := range pointers {
		if p != nil {
			return p
		}
	}
	return nil
}
