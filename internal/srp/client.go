package srp

import (
	"math/big"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// Client is the side that knows the password, for one sign-in.
type Client struct {
	secret [exponentSize]byte
	public []byte
}

// NewClient chooses the secret of a sign-in.
func NewClient(random ids.Source) *Client {
	return newClient([exponentSize]byte(random.Bytes(exponentSize)))
}

func newClient(secret [exponentSize]byte) *Client {
	c := &Client{secret: secret}
	c.public = expG(&c.secret).fromMontgomery().bytes()
	return c
}

// Public returns the hexadecimal digits of A, the parameter SRP_A.
func (c *Client) Public() string { return Hex(c.public) }

// SharedKey returns the key that [Signature] takes, from the challenge
// parameters SRP_B and SALT, both in hexadecimal digits:
// S = (B - k·g^x)^(a + u·x) mod N.
func (c *Client) SharedKey(serverPublic, salt, group, identity, password string) ([]byte, error) {
	public, err := ParsePublic(serverPublic)
	if err != nil {
		return nil, err
	}
	saltNumber, ok := new(big.Int).SetString(salt, 16)
	u := scrambler(c.public, public)
	if !ok || saltNumber.Sign() < 0 || u == [len(u)]byte{} {
		return nil, ErrInvalid
	}
	x := privateKey(group, identity, password, saltNumber.Bytes())
	base := expG(&x)
	base.mul(base, multiplier)
	base.sub(newElement(public).toMontgomery(), base)
	// The exponent is no residue: it is computed as a whole number of at most
	// 513 bits. Adding and multiplying take constant time but for leading zeros.
	exponent := new(big.Int).Mul(new(big.Int).SetBytes(u[:]), new(big.Int).SetBytes(x[:]))
	exponent.Add(exponent, new(big.Int).SetBytes(c.secret[:]))
	s := exp(base, exponent.FillBytes(make([]byte, 2*exponentSize+1)))
	return sessionKey(s.fromMontgomery(), u[:])
}
