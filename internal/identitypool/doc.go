// Package identitypool is Amazon Cognito identity pools: the service
// cognito-identity, which gives users of identity providers an identity and
// exchanges their logins for AWS credentials.
//
// A client calls [Service.GetId] with the logins that it holds, a map of
// provider names to tokens, and gets the identity that they belong to; without
// logins it gets a new guest. [Service.GetCredentialsForIdentity] verifies the
// logins, chooses a role and returns its credentials (the enhanced flow);
// [Service.GetOpenIdToken] returns a token that the client exchanges at STS
// itself (the basic flow). Logins that are seen together are linked to one
// identity, and identities that prove to be the same user are merged.
//
// The package keeps identities and pools in the store. What it needs of the
// rest of the house it declares itself: [UserPools] verifies the tokens of user
// pools, [OIDCProviders] with [Tokens] and [SAML] those of IAM's providers,
// [Public] those of Google, Facebook, Amazon and Apple; [Roles] assumes roles,
// and [Keys] signs the identity pools' own tokens.
//
// Rules and texts are those of the Amazon Cognito Identity Pools API Reference
// and of the Developer Guide's pages "Authentication flow", "Role-based access
// control", "Using attributes for access control" and "IAM roles".
package identitypool
