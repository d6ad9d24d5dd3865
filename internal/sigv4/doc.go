// Package sigv4 verifies AWS Signature Version 4
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html) of
// requests to services other than S3, in the Authorization header and in the
// query string (presigned URLs). It does no I/O and knows no keys: the caller
// finds the secret between the steps.
//
//	sig, err := sigv4.Parse(r)                       // what the request claims
//	if sig == nil { ... }                            // not signed: sigv4.ErrMissingToken
//	err = sig.Check("sts", now, 15*time.Minute)      // scope and time, before any look-up
//	secret := ...                                    // of sig.AccessKeyID; sigv4.ErrUnknownKey
//	err = verifier.Verify(sig, r, body, secret)      // the signature itself
//
// All errors are of type [*Error], which answers with the code, text and
// status that AWS Query and AWS JSON services use. The order of checks is that
// observed on AWS: presence, form and date first, then scope, then the key,
// then the signature.
//
// # What is signed
//
// The method, the path, the query, the body and exactly the headers that the
// signature lists. The list must have the Host header and every X-Amz header
// that the request carries, for such headers change what a request means
// (X-Amz-Target names the operation). X-Amz-Cf-Id is excepted, since CloudFront
// adds it on the way. A header that is listed must be there. The body is always
// hashed: UNSIGNED-PAYLOAD belongs to S3, and a body that differs from its
// X-Amz-Content-Sha256 header is refused.
//
// Host and Content-Length are taken from the request's fields, where net/http
// puts them. Every other header must be as the client sent it: a proxy that
// rewrites Host breaks all signatures.
//
// # Time
//
// A signature is good from the skew before its date to the skew after it, both
// ends included. X-Amz-Expires is ignored, as STS does: a presigned
// GetCallerIdentity works for 15 minutes whatever it says. Replays within that
// time are possible, as on AWS.
package sigv4
