package userpool

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The beginning of InvalidPasswordException's texts: NEW_PASSWORD_REQUIRED says
// msgPolicyChallenge, the other operations msgPolicy.
const (
	msgPolicy          = "Password did not conform with policy: "
	msgPolicyChallenge = "Password does not conform to policy: "
	msgTooShort        = "Password not long enough"
	msgNoUppercase     = "Password must have uppercase characters"
	msgNoLowercase     = "Password must have lowercase characters"
	msgNoNumbers       = "Password must have numeric characters"
	msgNoSymbols       = "Password must have symbol characters"
)

const (
	uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowercase = "abcdefghijklmnopqrstuvwxyz"
	numbers   = "0123456789"
	symbols   = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"
)

// saltSize is AWS's: 16 bytes.
const saltSize = 16

// password is a password as it is kept: its salt and SRP verifier, or for an
// imported user who has not signed in yet the hash of another system.
type password struct {
	salt, verifier []byte
	imported       string
}

// srpGroup is the pool's name in SRP: the part of its id after the underscore.
func srpGroup(poolID string) string {
	_, name, _ := strings.Cut(poolID, "_")
	return name
}

// newPassword computes the verifier of a password with a fresh salt. That costs
// a 3072-bit exponentiation: it belongs outside of transactions. Username is
// the canonical one, USER_ID_FOR_SRP.
func newPassword(source ids.Source, poolID, username, plain string) password {
	salt := source.Bytes(saltSize)
	return password{salt: salt, verifier: srp.Verifier(srpGroup(poolID), username, plain, salt)}
}

// readPassword returns the user's password, for matches outside of the
// transaction.
func readPassword(tx *store.Tx, u *store.User) (password, error) {
	verifier, err := tx.Verifier(u)
	if err != nil {
		return password{}, err
	}
	imported, err := tx.PasswordHash(u)
	return password{u.Salt, verifier, imported}, err
}

// noPassword stands for the password of a user that does not exist: nothing
// matches it, at the same cost.
var noPassword = password{salt: make([]byte, saltSize), verifier: make([]byte, 384)}

// exists tells whether there is a password, in whatever form.
func (p password) exists() bool { return len(p.verifier) > 0 || p.imported != "" }

// matches tells whether plain is the user's password. It takes the same time
// for users that have none and for noPassword. Imported passwords are compared
// by matchesImported.
func (p password) matches(poolID, username, plain string) bool {
	if len(p.verifier) == 0 {
		p = noPassword
	}
	return srp.CheckPassword(p.verifier, srpGroup(poolID), username, plain, p.salt)
}

// setPassword gives the user the password for good, or as a temporary one until
// expires.
func setPassword(tx *store.Tx, p *pool, u *store.User, pw password, expires time.Time) error {
	return tx.SetPassword(u, pw.salt, pw.verifier, expires, p.historySize())
}

// historySize is how many passwords, the current one included, a new one must
// differ from; 0 is any number.
func (p *pool) historySize() int {
	return int(aws.ToInt32(p.Doc.Policies.PasswordPolicy.PasswordHistorySize))
}

// checkPolicy refuses a password that the pool's policy does not allow, with
// one violation at a time. Prefix is msgPolicy or msgPolicyChallenge.
func checkPolicy(p *pool, plain, prefix string) error {
	policy := p.Doc.Policies.PasswordPolicy
	least := max(6, int(aws.ToInt32(policy.MinimumLength)))
	var broken string
	switch {
	case utf8.RuneCountInString(plain) < least:
		broken = msgTooShort
	case policy.RequireUppercase && !strings.ContainsAny(plain, uppercase):
		broken = msgNoUppercase
	case policy.RequireLowercase && !strings.ContainsAny(plain, lowercase):
		broken = msgNoLowercase
	case policy.RequireNumbers && !strings.ContainsAny(plain, numbers):
		broken = msgNoNumbers
	case policy.RequireSymbols && !strings.ContainsAny(plain, symbols):
		broken = msgNoSymbols
	default:
		return nil
	}
	return &types.InvalidPasswordException{Message: aws.String(prefix + broken)}
}

// generatePassword makes a temporary password that any policy of the pool
// allows.
func generatePassword(source ids.Source, p *pool) string {
	length := max(8, int(aws.ToInt32(p.Doc.Policies.PasswordPolicy.MinimumLength)))
	// Characters that survive HTML and SMS unchanged, one of each kind at least.
	const plainSymbols = "!@#%*_=+-."
	for {
		plain := source.Text(length, uppercase+lowercase+numbers+plainSymbols)
		if strings.ContainsAny(plain, uppercase) && strings.ContainsAny(plain, lowercase) &&
			strings.ContainsAny(plain, numbers) && strings.ContainsAny(plain, plainSymbols) {
			return plain
		}
	}
}
