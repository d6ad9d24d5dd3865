// Package awswire turns requests of AWS JSON 1.1 and AWS Query into the SDK's
// own Input structs and its Output structs and errors into answers, for the
// four services that Poolhouse speaks. It knows every operation that AWS has
// published of them, who may call it, what its input must be like, and which
// status an error code has.
//
// # A service's table
//
// A service package gives its handlers by operation and has the rest filled in:
//
//	func (s *Service) Table() *awswire.Table {
//		return awswire.NewTable(awswire.STS, map[string]*awswire.Handler{
//			"GetCallerIdentity": awswire.Handle(s.GetCallerIdentity),
//		}, s.access)
//	}
//
// A handler works on plain structs and returns plain errors: values of the
// SDK's error types, or an [*Error] where the SDK has none. [CallOf] tells it
// who calls. Members and operations that AWS has and the SDK lacks are in
// package newops; a handler may take its structs wherever it takes the SDK's.
//
// # The way of a request
//
// The server finds the operation in the [Table]; one without a handler is
// answered with [NotBuilt]. [DecodeJSON] or [DecodeQuery] fills the Input,
// [Validate] holds it against the model, the handler runs, and [WriteResult] or
// [WriteError] answers in the [Format] that [FormatOf] finds. Decoding and
// validating fail only with errors fit for the caller.
//
// # Values
//
// A member that is absent, null or a nil pointer, list or map is one thing; an
// empty list or map is another, and goes both ways. Scalars that the SDK has
// without a pointer are always written. An enum is absent when it is "".
// Outputs are written in the order of the structs' fields, maps by key.
//
// # Policy documents
//
// Handlers return policy documents as plain text. The answers of Query services
// hold them percent-encoded as IAM's do (RFC 3986), in XML and in JSON alike:
//
//   - Role.AssumeRolePolicyDocument and RoleDetail.AssumeRolePolicyDocument
//   - PolicyVersion.Document
//   - PolicyDetail.PolicyDocument, the inline policies of
//     GetAccountAuthorizationDetails
//   - the PolicyDocument of GetRolePolicy, GetUserPolicy and GetGroupPolicy
//
// No other member is encoded, and [EncodeJSON] encodes none, so that it also
// serves to keep a structure as JSON and [DecodeJSON] to read it back.
//
// # The generated tables
//
// catalogue_gen.go and constraints_gen.go come from the services' models by
// way of go generate; command gen says what it needs. Where the models lag
// behind the published clients, gen/additions.go has the rest.
package awswire
