// Package decision lets another server, such as an S3-compatible store or an API
// gateway, leave two questions to Poolhouse: who signed this request, and may
// they do this? The other server keeps no secret keys and no policies.
//
// # In Go
//
//	asker := &decision.Client{Endpoint: "http://localhost:7665", Credentials: provider}
//	q, err := decision.Ask(r, "s3", "s3:GetObject", "arn:aws:s3:::photos/cat.jpg")
//	answer, err := asker.Decide(ctx, q)
//	if !answer.Allowed { /* answer.Error.Code, .Message, .Status */ }
//
// The asker's own credentials sign the question and need the permission
// poolhouse:Decide on *.
//
// # Over HTTP
//
// POST /_poolhouse/decide takes a [Question] as JSON, signed with Signature
// Version 4 for the service "poolhouse", and answers an [Answer].
//
// For gateways that forward a request's head (nginx auth_request, Envoy
// ext_authz over HTTP), /_poolhouse/authorize answers by status: 200 with the
// headers X-Poolhouse-Principal-Arn, -Account and -User-Id, 401 for a faulty
// signature, 403 for a refusal. The gateway sets X-Poolhouse-Service,
// X-Poolhouse-Action and X-Poolhouse-Resource (overwriting what the client may
// have sent), and X-Original-Method and X-Original-URI where its own request
// has others. The Host header must be the client's. Without the body, the
// signature proves the hash that the request declares in X-Amz-Content-Sha256:
// who receives the body has to compare it.
package decision

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Service is the signing name of questions.
const Service = "poolhouse"

// Question asks whether the signer of a request may do something.
type Question struct {
	// Request is the signed request.
	Request Request `json:"request"`
	// Service is the signing name that the request must be signed for.
	Service string `json:"service"`
	// Action, such as s3:GetObject, and Resource, an ARN or *, are what the
	// request wants.
	Action   string `json:"action"`
	Resource string `json:"resource"`
	// Keys are condition keys of the asking server, such as s3:prefix, and
	// aws:SourceIp, which only it knows.
	Keys map[string][]string `json:"keys,omitempty"`
	// ResourcePolicy is the resource's policy document, if it has one, and
	// ResourceAccount the account that owns the resource; empty means that of the
	// ARN or else the caller's.
	ResourcePolicy  string `json:"resourcePolicy,omitempty"`
	ResourceAccount string `json:"resourceAccount,omitempty"`
}

// Request is the head of a signed request.
type Request struct {
	Method string `json:"method"`
	// Host is the Host header, URI path and query as they stood on the wire.
	Host   string      `json:"host"`
	URI    string      `json:"uri"`
	Header http.Header `json:"header"`
	// ContentLength is the length of the body, which may be signed.
	ContentLength int64 `json:"contentLength"`
	// PayloadHash is the SHA-256 of the body in lower-case hexadecimal. Empty
	// means what the request declares in X-Amz-Content-Sha256, and without that
	// header an empty body (in presigned requests to S3 UNSIGNED-PAYLOAD).
	PayloadHash string `json:"payloadHash,omitempty"`
}

// Answer is the decision.
type Answer struct {
	Allowed bool `json:"allowed"`
	// Principal is the verified signer; nil when the signature is at fault.
	Principal *Principal `json:"principal,omitempty"`
	// Error is what to answer the client when Allowed is false.
	Error *Error `json:"error,omitempty"`
}

// Principal is who signed.
type Principal struct {
	ARN     string `json:"arn"`
	Account string `json:"account"`
	UserID  string `json:"userId"`
}

// Error is a refusal in AWS's words.
type Error struct {
	// Code is a code such as SignatureDoesNotMatch, InvalidClientTokenId or
	// AccessDenied; Status is the HTTP status that goes with it.
	Code    string `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
	// EncodedMessage holds how a refusal by policies came about. The caller's
	// account reads it with the STS operation DecodeAuthorizationMessage, which
	// is a permission of its own since it tells of policies. Services that show
	// it append " Encoded authorization failure message: " and it to Message. It
	// is empty for a faulty signature, and when the decision is too long for
	// that operation, which takes 10240 characters.
	EncodedMessage string `json:"encodedMessage,omitempty"`
}

// Ask makes a question of a request that the server received. It does not read
// the body: set Question.Request.PayloadHash when its hash is known.
func Ask(r *http.Request, service, action, resource string) *Question {
	return &Question{
		Request: Request{Method: r.Method, Host: r.Host, URI: r.URL.RequestURI(), Header: r.Header, ContentLength: r.ContentLength},
		Service: service, Action: action, Resource: resource,
	}
}

// Client asks a Poolhouse server. It is safe for concurrent use.
type Client struct {
	// Endpoint is the server's URL.
	Endpoint string
	// Credentials sign the questions; they need poolhouse:Decide.
	Credentials aws.CredentialsProvider
	// HTTPClient makes the requests; nil means http.DefaultClient.
	HTTPClient *http.Client
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Decide asks. An error means that there is no decision: refuse the request
// then.
func (c *Client) Decide(ctx context.Context, q *Question) (*Answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.Endpoint, "/")+"/_poolhouse/decide", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	creds, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("decision: credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), Service, "us-east-1", time.Now()); err != nil {
		return nil, fmt.Errorf("decision: sign: %w", err)
	}
	client := c.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	return parse(res.StatusCode, text)
}

func parse(status int, text []byte) (*Answer, error) {
	if status != http.StatusOK {
		var refusal Error
		if json.Unmarshal(text, &refusal) == nil && refusal.Code != "" {
			return nil, fmt.Errorf("decision: the question was refused: %s: %s", refusal.Code, refusal.Message)
		}
		return nil, fmt.Errorf("decision: the server answered %d", status)
	}
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	if !a.Allowed && a.Error == nil {
		return nil, errors.New("decision: an incomplete answer")
	}
	return &a, nil
}
