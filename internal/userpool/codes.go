package userpool

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgCodeMismatch  = "Invalid verification code provided, please try again."
	msgCodeExpired   = "Invalid code provided, please request a code again."
	msgAttemptLimit  = "Attempt limit exceeded, please try after some time."
	codeDigits       = 6
	codeLife         = 24 * time.Hour
	resetCodeLife    = time.Hour
	attemptsWindow   = time.Hour
	purposeConfirm   = "confirm"
	purposeReset     = "reset"
	purposeAttribute = "attribute/"
)

// limit is how often a user may do something in an hour (Developer Guide,
// "Quotas in Amazon Cognito").
type limit struct {
	kind string
	n    int64
}

var (
	limitConfirmSignUp   = limit{"ConfirmSignUp", 15}
	limitResend          = limit{"ResendConfirmationCode", 5}
	limitForgotPassword  = limit{"ForgotPassword", 10}
	limitConfirmForgot   = limit{"ConfirmForgotPassword", 10}
	limitChangePassword  = limit{"ChangePassword", 5}
	limitAttributeCode   = limit{"GetUserAttributeVerificationCode", 5}
	limitVerifyAttribute = limit{"VerifyUserAttribute", 15}
)

// countAttempt counts one more attempt of the subject, and refuses it above the
// limit. Either way the count must stay: errors are marked with keep.
func countAttempt(tx *store.Tx, poolID, subject string, l limit) error {
	n, err := tx.CountAttempt(poolID, subject, l.kind, attemptsWindow)
	if err == nil && n > l.n {
		return keep(limitExceeded(msgAttemptLimit))
	}
	return err
}

// destination is where a code can be sent: an attribute and its value.
type destination struct{ attribute, value string }

// destinationOf is the user's value of email or phone_number.
func destinationOf(u *store.User, attribute string) destination {
	return destination{attribute, u.Attributes[attribute]}
}

func (d destination) channel() string {
	if d.attribute == attrPhone {
		return deliver.SMS
	}
	return deliver.Email
}

// details is how the caller learns where a code went.
func (d destination) details() *types.CodeDeliveryDetailsType {
	return &types.CodeDeliveryDetailsType{
		AttributeName:  aws.String(d.attribute),
		DeliveryMedium: types.DeliveryMediumType(d.channel()),
		Destination:    aws.String(d.masked()),
	}
}

// masked shows the first letters of an address, t***@e***, or the last digits
// of a phone number, +*******1234.
func (d destination) masked() string {
	if d.attribute == attrPhone {
		digits := strings.TrimPrefix(d.value, "+")
		shown := min(4, len(digits))
		return "+" + strings.Repeat("*", len(digits)-shown) + digits[len(digits)-shown:]
	}
	local, domain, _ := strings.Cut(d.value, "@")
	return first(local) + "***@" + first(domain) + "***"
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// simulated is where a code would go for a user that does not exist: the same
// at every call for the same name.
func (s *Service) simulated(p *pool, name string) destination {
	if emailShape.MatchString(name) {
		return destination{attrEmail, name}
	}
	sum := s.unknownMAC(p, name)
	if phoneShape.MatchString(name) {
		return destination{attrPhone, name}
	}
	if p.autoVerifies(attrPhone) && !p.autoVerifies(attrEmail) {
		digits := make([]byte, 11)
		for i := range digits {
			digits[i] = '0' + sum[i]%10
		}
		return destination{attrPhone, "+" + string(digits)}
	}
	letter := func(i int) string { return string(rune('a' + sum[i]%26)) }
	return destination{attrEmail, letter(0) + "@" + letter(1)}
}

func (s *Service) unknownMAC(p *pool, name string) []byte {
	mac := hmac.New(sha256.New, s.store.Derive("unknown users", 32))
	mac.Write([]byte(p.ID + "/" + p.foldName(name)))
	return mac.Sum(nil)
}

// sendCode makes a new code for the purpose and sends it to d with the message.
func (s *Service) sendCode(tx *store.Tx, p *pool, u *store.User, purpose string, life time.Duration, d destination, m message) error {
	code := s.ids.Code(codeDigits)
	record := &store.Code{
		PoolID: p.ID, Sub: u.Sub, Purpose: purpose, Attribute: d.attribute, Value: d.value, Expires: tx.Now().Add(life),
	}
	if err := tx.SetCode(record, code); err != nil {
		return err
	}
	return s.send(tx, p, u, d, m, code, record.Expires)
}

// redeemCode returns the user's code for the purpose when it is the one given,
// and deletes it. Errors: CodeMismatchException, ExpiredCodeException.
func redeemCode(tx *store.Tx, u *store.User, purpose, code string) (*store.Code, error) {
	record, err := checkCode(tx, u, purpose, code)
	if err != nil {
		return nil, err
	}
	return record, tx.DeleteCode(u.PoolID, u.Sub, purpose)
}

// checkCode is redeemCode without the deletion.
func checkCode(tx *store.Tx, u *store.User, purpose, code string) (*store.Code, error) {
	record, err := tx.Code(u.PoolID, u.Sub, purpose)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, keep(codeExpired())
	case err != nil:
		return nil, err
	case !tx.Now().Before(record.Expires):
		return nil, keep(codeExpired())
	case !tx.CodeMatches(record, code):
		return nil, keep(codeMismatch())
	}
	return record, nil
}

func codeMismatch() error { return &types.CodeMismatchException{Message: aws.String(msgCodeMismatch)} }

func codeExpired() error { return &types.ExpiredCodeException{Message: aws.String(msgCodeExpired)} }
