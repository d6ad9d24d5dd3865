package awswire

import (
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
)

// internalMessage is all that callers learn of a fault of the server's own.
const internalMessage = "The server encountered an internal error. Please try again later."

// fault is an error as it goes out.
type fault struct {
	code, message string
	status        int
	// extra are the further members of the error's struct.
	extra []faultMember
}

type faultMember struct{ name, value string }

// StatusOf returns the HTTP status and code with which svc answers err.
func StatusOf(svc *Service, err error) (status int, code string) {
	f := faultOf(svc, err)
	return f.status, f.code
}

// faultOf finds what to tell of an error. An error that a client of the SDK
// returned, wrapped in a smithy.OperationError, is not the caller's business.
func faultOf(svc *Service, err error) fault {
	var api smithy.APIError
	var op *smithy.OperationError
	if errors.As(err, &op) || !errors.As(err, &api) || !known(api) {
		return fault{code: svc.InternalCode, message: internalMessage, status: http.StatusInternalServerError}
	}
	f := fault{code: api.ErrorCode(), message: api.ErrorMessage()}
	var own *Error
	if errors.As(err, &own) && own.Status != 0 {
		f.status = own.Status
	} else {
		f.status = statusOf(svc, api)
	}
	f.extra = faultMembers(api)
	return f
}

// known tells whether an error is an *Error or of one of the SDK's types of
// the services' declared errors.
func known(api smithy.APIError) bool {
	if _, ok := api.(*Error); ok {
		return true
	}
	t := reflect.TypeOf(api)
	if t.Kind() != reflect.Pointer || reflect.ValueOf(api).IsNil() {
		return false
	}
	module, ok := strings.CutPrefix(t.Elem().PkgPath(), "github.com/aws/aws-sdk-go-v2/service/")
	switch module {
	case "cognitoidentityprovider/types", "cognitoidentity/types", "iam/types", "sts/types":
		return ok
	}
	return false
}

// commonStatus are the statuses of errors that every Query service may answer.
// JSON services answer all of theirs with 400.
var commonStatus = map[string]int{
	"AccessDenied":               http.StatusForbidden,
	"ExpiredToken":               http.StatusForbidden,
	"InvalidClientTokenId":       http.StatusForbidden,
	"MissingAuthenticationToken": http.StatusForbidden,
	"SignatureDoesNotMatch":      http.StatusForbidden,
}

// statusOf returns the status that the service's model gives to a code.
func statusOf(svc *Service, api smithy.APIError) int {
	code := api.ErrorCode()
	if m := modelOf(svc); m != nil {
		if status, ok := m.errors[code]; ok {
			return status
		}
	}
	if status, ok := commonStatus[code]; ok {
		return status
	}
	if code == svc.InternalCode || api.ErrorFault() == smithy.FaultServer {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// faultMembers returns the members of an error's struct besides its message
// that are set, such as the reasonCode of InvalidParameterException.
func faultMembers(api smithy.APIError) []faultMember {
	v := reflect.ValueOf(api).Elem()
	if _, own := api.(*Error); own || v.Kind() != reflect.Struct {
		return nil
	}
	var extra []faultMember
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if !sf.IsExported() || sf.Name == "Message" || sf.Name == "ErrorCodeOverride" {
			continue
		}
		if s, ok := v.Field(i).Interface().(*string); ok && s != nil {
			extra = append(extra, faultMember{lowerFirst(sf.Name), *s})
		}
	}
	return extra
}

// ErrorJSON returns the body of an error of a JSON service.
func ErrorJSON(svc *Service, err error) []byte { return faultOf(svc, err).appendJSON(nil) }

// ErrorXML returns the body of an error of a Query service.
func ErrorXML(svc *Service, requestID string, err error) []byte {
	return faultOf(svc, err).appendXML(nil, svc, requestID)
}

// ErrorQueryJSON returns the body of an error of a Query service for callers
// that accept application/json.
func ErrorQueryJSON(svc *Service, requestID string, err error) []byte {
	return faultOf(svc, err).appendQueryJSON(nil, requestID)
}

// appendJSON writes the error without a message if it has none. AWS's front
// end, which reads bodies, spells the message's name with a capital.
func (f fault) appendJSON(dst []byte) []byte {
	dst = appendJSONString(append(dst, `{"__type":`...), f.code)
	if f.message != "" {
		name := `,"message":`
		if f.code == errNotJSON.Code {
			name = `,"Message":`
		}
		dst = appendJSONString(append(dst, name...), f.message)
	}
	for _, m := range f.extra {
		dst = appendJSONString(append(dst, ','), m.name)
		dst = appendJSONString(append(dst, ':'), m.value)
	}
	return append(dst, '}')
}

// faultNamespace is that of errors about requests that reach no operation.
const faultNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09"

func (f fault) appendXML(dst []byte, svc *Service, requestID string) []byte {
	namespace := svc.Namespace
	if f.code == "InvalidAction" || f.code == "MissingAction" {
		namespace = faultNamespace
	}
	dst = append(append(append(dst, `<ErrorResponse xmlns="`...), namespace...), "\">\n<Error><Type>"...)
	dst = append(append(dst, f.blame()...), "</Type><Code>"...)
	dst = append(appendXMLText(dst, f.code), "</Code>"...)
	if f.message != "" {
		dst = append(appendXMLText(append(dst, "<Message>"...), f.message), "</Message>"...)
	}
	for _, m := range f.extra {
		dst = appendEndTag(appendXMLText(appendTag(dst, m.name), m.value), m.name)
	}
	dst = appendXMLText(append(dst, "</Error>\n<RequestId>"...), requestID)
	return append(dst, "</RequestId>\n</ErrorResponse>\n"...)
}

func (f fault) appendQueryJSON(dst []byte, requestID string) []byte {
	dst = appendJSONString(append(dst, `{"Error":{"Code":`...), f.code)
	if f.message != "" {
		dst = appendJSONString(append(dst, `,"Message":`...), f.message)
	}
	dst = append(append(append(dst, `,"Type":"`...), f.blame()...), `"},"RequestId":`...)
	return append(appendJSONString(dst, requestID), '}')
}

// blame says who is at fault.
func (f fault) blame() string {
	if f.status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
