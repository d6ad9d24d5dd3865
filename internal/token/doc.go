// Package token signs and verifies JSON Web Tokens (RFC 7519) and publishes
// the public keys (RFC 7517): ID and access tokens of user pools, OpenID
// tokens of identity pools, web identity tokens of accounts.
//
// # Owners and uses
//
// Keys belong to an owner, which is an issuer of tokens, and within it to a
// use. [UserPool] is the owner of a pool's two keys ([UseID] and [UseAccess],
// RS256), [IdentityPools] that of the one issuer of all identity pools
// ([UseOpenID], RS512), [Account] that of an account's web identity tokens
// ([UseRS256] and [UseES384]).
//
//	keys := token.New(token.Config{Store: db})
//	defer keys.Close()
//	jwt, err := keys.Sign(ctx, token.UserPool(poolID), token.UseID, &token.IDClaims{...})
//	claims, err := keys.Verify(ctx, token.UserPool(poolID), token.UseID, jwt)
//	document, err := keys.JWKS(ctx, token.UserPool(poolID), token.UseID, token.UseAccess)
//
// An owner needs no registration: its keys are made when they are needed
// first. RSA keys come from a [Reservoir] that a background goroutine fills, so
// that creating a pool and signing in for the first time wait for no key
// generation.
//
// Sign, Verify and JWKS read the store: call them outside of transactions.
//
// # Verification
//
// [Keys.Verify] answers one of [ErrMalformed], [ErrAlgorithm], [ErrUnknownKey],
// [ErrSignature], [ErrExpired] and [ErrNotYetValid]. The algorithm is the
// key's; a token whose header names another one, "none" or an HMAC included, is
// refused before any key is looked at. Issuer, audience and token_use are the
// caller's to check, by the claims.
//
// # Rotation
//
// [Keys.Rotate] makes a new key sign from now on. The key before it remains in
// the key set, and good for verification, until every token that it can have
// signed has expired. Nodes that share a database see a rotation within
// seconds, and at once when they meet a token of the new key.
package token
