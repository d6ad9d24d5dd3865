package userpool

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	msgSchema            = "Attributes did not conform to the schema: "
	msgRequired          = "The attribute is required"
	msgNotInSchema       = "Attribute does not exist in the schema."
	msgUnauthorizedWrite = "A client attempted to write unauthorized attribute"
	msgNotMutable        = "Cannot modify the non-mutable attribute %s"
	msgCannotUpdate      = "user.%s: Attribute cannot be updated.\n"
	msgFlagWithoutEmail  = "Email is required to verify/un-verify an email"
	msgFlagWithoutPhone  = "Phone Number is required to verify/un-verify a phone number"
	maxAttributeRunes    = 2048
)

// attributeMap turns the member UserAttributes into a map; of a name that is
// given twice the last value counts.
func attributeMap(given []types.AttributeType) map[string]string {
	m := make(map[string]string, len(given))
	for _, a := range given {
		m[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return m
}

// checkWritable refuses attributes that the caller may not set: sub and
// identities for everybody, and for a client (nil for administrators) those that it has no
// permission to write. Errors: InvalidParameterException,
// NotAuthorizedException.
func checkWritable(p *pool, c *client, attributes map[string]string) error {
	for _, name := range sortedNames(attributes) {
		if name == attrSub || name == attrIdentities || c != nil && (name == attrEmailVerified || name == attrPhoneVerified) {
			return invalidParameter(msgNotMutable, name)
		}
		if c != nil && p.attribute(name) != nil && !c.writes(name) {
			return notAuthorized(msgUnauthorizedWrite)
		}
	}
	return nil
}

// writes tells whether the client may write the attribute: one of its
// WriteAttributes, or without them any standard attribute.
func (c *client) writes(name string) bool {
	if len(c.Doc.WriteAttributes) > 0 {
		return slices.Contains(c.Doc.WriteAttributes, name)
	}
	return !strings.HasPrefix(name, "custom:") && !strings.HasPrefix(name, "dev:")
}

// checkSchema refuses values that the pool's schema does not allow, naming
// every attribute at fault on a line of its own. Errors:
// InvalidParameterException.
func checkSchema(p *pool, attributes map[string]string) error {
	var faults strings.Builder
	for _, name := range sortedNames(attributes) {
		if fault := valueFault(p.attribute(name), attributes[name]); fault != "" {
			faults.WriteString(name + ": " + fault + "\n")
		}
	}
	return schemaError(faults.String())
}

// checkRequired refuses a new user without a required attribute. Errors:
// InvalidParameterException.
func checkRequired(p *pool, attributes map[string]string) error {
	var faults strings.Builder
	for _, a := range p.Doc.SchemaAttributes {
		name := aws.ToString(a.Name)
		if aws.ToBool(a.Required) && name != attrSub && attributes[name] == "" {
			faults.WriteString(name + ": " + msgRequired + "\n")
		}
	}
	return schemaError(faults.String())
}

func schemaError(faults string) error {
	if faults == "" {
		return nil
	}
	return invalidParameter("%s", msgSchema+faults)
}

// valueFault says what is wrong with a value, or nothing.
func valueFault(a *types.SchemaAttributeType, value string) string {
	if a == nil {
		return msgNotInSchema
	}
	if utf8.RuneCountInString(value) > maxAttributeRunes {
		return "String must be no longer than " + strconv.Itoa(maxAttributeRunes) + " characters"
	}
	if value == "" {
		return ""
	}
	switch a.AttributeDataType {
	case types.AttributeDataTypeNumber:
		return numberFault(a.NumberAttributeConstraints, value)
	case types.AttributeDataTypeBoolean:
		if value != "true" && value != "false" {
			return "Attribute value must be a boolean"
		}
	case types.AttributeDataTypeDatetime:
		if !isDateTime(value) {
			return "Attribute value must be a date and time"
		}
	default:
		return stringFault(a.StringAttributeConstraints, value)
	}
	return ""
}

func stringFault(c *types.StringAttributeConstraintsType, value string) string {
	if c == nil {
		return ""
	}
	n := utf8.RuneCountInString(value)
	if least, err := strconv.Atoi(aws.ToString(c.MinLength)); err == nil && n < least {
		return "String must be at least " + strconv.Itoa(least) + " characters"
	}
	if most, err := strconv.Atoi(aws.ToString(c.MaxLength)); err == nil && n > most {
		return "String must be no longer than " + strconv.Itoa(most) + " characters"
	}
	return ""
}

func numberFault(c *types.NumberAttributeConstraintsType, value string) string {
	n, ok := new(big.Int).SetString(value, 10)
	if !ok {
		return "Attribute value must be a number"
	}
	if c == nil {
		return ""
	}
	if least, ok := new(big.Int).SetString(aws.ToString(c.MinValue), 10); ok && n.Cmp(least) < 0 {
		return "Number must be at least " + least.String()
	}
	if most, ok := new(big.Int).SetString(aws.ToString(c.MaxValue), 10); ok && n.Cmp(most) > 0 {
		return "Number must be no greater than " + most.String()
	}
	return ""
}

// isDateTime accepts ISO 8601 times and dates, and seconds since 1970.
func isDateTime(value string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if _, err := time.Parse(layout, value); err == nil {
			return true
		}
	}
	_, err := strconv.ParseInt(value, 10, 64)
	return err == nil
}

// checkFlags refuses a verified flag for a contact attribute that there is not.
// Current are the attributes that the user has already.
func checkFlags(given, current map[string]string) error {
	for attribute, refusal := range map[string]string{attrEmail: msgFlagWithoutEmail, attrPhone: msgFlagWithoutPhone} {
		value, changed := given[attribute]
		if !changed {
			value = current[attribute]
		}
		if given[verifiedFlag(attribute)] != "" && value == "" {
			return invalidParameter(refusal)
		}
	}
	return nil
}

// checkNewAttributes checks the attributes of a new user, or new ones of a
// user. Client is nil for administrators.
func checkNewAttributes(p *pool, c *client, attributes map[string]string) error {
	if err := checkWritable(p, c, attributes); err != nil {
		return err
	}
	if err := checkSchema(p, attributes); err != nil {
		return err
	}
	return checkContact(attributes)
}

func sortedNames(attributes map[string]string) []string {
	names := make([]string, 0, len(attributes))
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
