// Package userpool is Amazon Cognito user pools, the service cognito-idp: its
// pools, app clients, users, sign-in and tokens.
//
// [New] makes the service and [Service.Table] its operations for package
// server. Every operation is a method on the SDK's own structs and may be
// called directly; awswire.WithCall says in whose account and region:
//
//	s := userpool.New(userpool.Config{Store: db, Keys: keys, Issuer: issuer})
//	out, err := s.CreateUserPool(ctx, &newops.CreateUserPoolInput{...})
//
// The constraints of the service's model (required, lengths, patterns, enums)
// are checked by awswire before an operation runs; everything else that the
// service refuses is refused here. Errors are the SDK's error types.
//
// Pools and app clients are stored as indexed columns and the resource as wire
// JSON. Operations get them decoded, from a cache that asks the database for
// the version only: see the methods pool, client and clientOfPool of Service.
// What they return is shared and must not be changed.
package userpool
