package sigv4

import "net/http"

// Kind says which fault an [Error] reports.
type Kind int

// The kinds of faults, by what the caller sent.
const (
	// Incomplete: the authentication lacks a part or has one in a wrong form.
	Incomplete Kind = iota + 1
	// MissingToken: there is no authentication at all.
	MissingToken
	// UnknownKey: the access key id is unknown or inactive, or the session
	// token is not that of the key.
	UnknownKey
	// TokenExpired: the temporary credentials have expired.
	TokenExpired
	// Mismatch: the signature is of another request, key, scope or time.
	Mismatch
)

// Error is a refusal to authenticate a request.
type Error struct {
	Kind Kind
	// Message is the text for the caller; when it is empty the text is the usual
	// one of the kind.
	Message string
}

// Faults that the caller of this package finds.
var (
	// ErrMissingToken is for requests without a signature.
	ErrMissingToken = &Error{Kind: MissingToken}
	// ErrUnknownKey is for unknown and inactive access keys and for session
	// tokens that do not belong to them.
	ErrUnknownKey = &Error{Kind: UnknownKey}
	// ErrTokenExpired is for temporary credentials past their end.
	ErrTokenExpired = &Error{Kind: TokenExpired}
	// ErrMismatch is for a signature that was computed from something else.
	ErrMismatch = &Error{Kind: Mismatch}
)

// kinds holds the answers of AWS Query and AWS JSON services to each kind
// (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and
// the common errors of the Cognito APIs). JSON services always answer 400.
var kinds = map[Kind]struct {
	query, json         string
	queryStatus         int
	queryText, jsonText string
}{
	Incomplete: {"IncompleteSignature", "IncompleteSignatureException", http.StatusBadRequest,
		"The request signature does not conform to AWS standards.", ""},
	MissingToken: {"MissingAuthenticationToken", "MissingAuthenticationTokenException", http.StatusForbidden,
		"Request is missing Authentication Token", "Missing Authentication Token"},
	UnknownKey: {"InvalidClientTokenId", "UnrecognizedClientException", http.StatusForbidden,
		"The security token included in the request is invalid.", ""},
	TokenExpired: {"ExpiredToken", "ExpiredTokenException", http.StatusForbidden,
		"The security token included in the request is expired", ""},
	Mismatch: {"SignatureDoesNotMatch", "InvalidSignatureException", http.StatusForbidden,
		"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", ""},
}

// Error returns the text as Query services give it.
func (e *Error) Error() string {
	_, message, _ := e.Query()
	return message
}

// Query returns the answer of an AWS Query service (IAM, STS).
func (e *Error) Query() (code, message string, status int) {
	k := kinds[e.Kind]
	message = e.Message
	if message == "" {
		message = k.queryText
	}
	return k.query, message, k.queryStatus
}

// JSON returns the answer of an AWS JSON service (Cognito).
func (e *Error) JSON() (code, message string, status int) {
	k := kinds[e.Kind]
	message = e.Message
	if message == "" {
		message = k.jsonText
	}
	if message == "" {
		message = k.queryText
	}
	return k.json, message, http.StatusBadRequest
}
