// Package srp is SRP-6a in the variant of Cognito's USER_SRP_AUTH and
// DEVICE_SRP_AUTH: the 3072-bit group of RFC 5054, g = 2, SHA-256, and the
// session key derived with the label "Caldera Derived Key".
//
// # Server
//
// The store keeps for each user a random salt and the verifier, from which the
// password cannot be computed but by guessing:
//
//	salt := random.Bytes(srp.SaltSize)
//	verifier := srp.Verifier(poolName, userID, password, salt)
//
// A sign-in with the plain password is checked against the same verifier:
//
//	ok := srp.CheckPassword(verifier, poolName, userID, password, salt)
//
// A sign-in by SRP takes two calls; secret and the two public values are kept
// between them, sealed, for instance in the session string:
//
//	clientPublic, err := srp.ParsePublic(params["SRP_A"])
//	secret, public := srp.NewChallenge(verifier, random)          // SRP_B, as srp.Hex
//	...
//	key, err := srp.SharedKey(clientPublic, public, secret, verifier)
//	ok := srp.CheckSignature(key, poolName, userID, secretBlock, timestamp, claim)
//
// For unknown users give a random verifier of [Size] bytes: everything costs
// the same, the public value looks the same, and CheckSignature says no.
//
// poolName is what follows "_" in the pool's id, userID is USER_ID_FOR_SRP. For
// devices the device group key takes the place of the pool name and the device
// key that of the user id, and the verifier comes from the client
// ([ParseVerifier]).
//
// # Client
//
// [Client] is the other side, for programs that sign in and for tests.
//
// # Arithmetic
//
// Secret exponents must not show in the time that an operation takes, which
// rules out math/big. The arithmetic here is made for the one modulus: 48
// words of 64 bits in Montgomery form, without branches or memory addresses
// that depend on secrets. Powers of g come from a table of 393 kB, computed
// at the first use, so that a verifier, and with it a plain password check,
// costs 64 multiplications; other powers with an exponent of 256 bits cost
// about 330.
package srp
