// Package sts is the AWS Security Token Service: it tells callers who they are
// and gives out temporary credentials.
//
// [New] makes the service over a store and IAM. [Service.Table] gives its
// operations to the server, [Service.OpenSession] finds who signed with
// temporary credentials, and [Service.AssumeForIdentity] gives identity pools
// credentials for their identities.
//
// # Sessions
//
// A session token is the whole session, sealed: key id, secret, principal,
// times, tags, session policies. Verifying one needs no row, so a session works
// on every node and costs no storage. What decides about its calls is looked up
// at each of them: a session of a role or user that was deleted is refused at
// once, also when another of the same name exists by then, and changed
// policies act on the next call. As in AWS a single session cannot be revoked;
// a denial of tokens older than a date (aws:TokenIssueTime) ends all of a role.
package sts
