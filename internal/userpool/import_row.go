package userpool

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxRowRunes is how long a row may be (quota "Maximum characters per user
// import CSV row").
const maxRowRunes = 16_000

// What the log says of rows that are not imported. None of it repeats what is
// in the file, which is about users (Developer Guide, "Viewing the user pool
// import results").
const (
	rowImported      = "The import succeeded."
	rowExists        = "The user already exists."
	rowUnverified    = "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."
	rowTooLong       = "The row has more than 16000 characters."
	rowNotUTF8       = "The row is not valid UTF-8."
	rowColumns       = "The row has not as many values as the header has columns."
	rowNoUsername    = "The User Record has no cognito:username."
	rowBirthdate     = "The birthdate is not of the form mm/dd/yyyy."
	rowMFAForm       = "cognito:mfa_enabled must be true or false."
	rowMFARequired   = "cognito:mfa_enabled must be true, since MFA is required in the user pool."
	rowMFAOff        = "cognito:mfa_enabled must be false, since MFA is off in the user pool."
	rowHashAlgorithm = "The password hash is not of the algorithm of the import job."
)

// errRow says why a row is not imported.
type errRow string

func (e errRow) Error() string { return string(e) }

// importedUser is a row of an import file.
type importedUser struct {
	line int64
	user *store.User
	// hash is the text of the password's hash, if it has one.
	hash string
	// fault is why it cannot be imported, whoever else is in the pool.
	fault error
}

// importRow reads a row. Without a password hash the user must reset the
// password; with one it signs in with it.
func (s *Service) importRow(p *pool, algorithm newops.PasswordHashingAlgorithmType, columns []string, line string) (*importedUser, error) {
	if !utf8.ValidString(line) {
		return nil, errRow(rowNotUTF8)
	}
	if utf8.RuneCountInString(line) > maxRowRunes {
		return nil, errRow(rowTooLong)
	}
	values := splitRow(line)
	if len(values) != len(columns) {
		return nil, errRow(rowColumns)
	}
	attributes, special := map[string]string{}, map[string]string{}
	for i, c := range columns {
		if c == columnMFA || c == verifiedFlag(attrEmail) || c == verifiedFlag(attrPhone) {
			values[i] = strings.ToLower(values[i]) // spreadsheets write TRUE
		}
		switch {
		case c == columnMFA || c == columnUsername || c == columnHash:
			special[c] = values[i]
		case values[i] != "":
			attributes[c] = values[i]
		}
	}
	if special[columnUsername] == "" {
		return nil, errRow(rowNoUsername)
	}
	u, err := s.newUser(p, special[columnUsername], attributes)
	if err != nil {
		return nil, err
	}
	if err := p.checkImported(u, special[columnMFA]); err != nil {
		return nil, err
	}
	u.Status = string(types.UserStatusTypeResetRequired)
	hash := special[columnHash]
	if hash != "" {
		if err := checkImportedHash(hash, algorithm); err != nil {
			return nil, err
		}
		u.Status = string(types.UserStatusTypeConfirmed)
	}
	return &importedUser{user: u, hash: hash}, nil
}

// setSub gives a new user another sub, which may be the username too.
func (p *pool) setSub(u *store.User, sub string) {
	if u.Username == u.Sub {
		u.Username, u.UsernameKey = sub, p.foldName(sub)
	}
	u.Sub = sub
}

func checkImportedHash(text string, algorithm newops.PasswordHashingAlgorithmType) error {
	h, err := parsePasswordHash(text)
	if err != nil {
		return err
	}
	if algorithm != "" && h.algorithm != algorithm {
		return errRow(rowHashAlgorithm)
	}
	return nil
}

// checkImported checks the attributes of a row, and enables MFA as it says.
func (p *pool) checkImported(u *store.User, mfa string) error {
	attributes := u.Attributes
	if b := attributes["birthdate"]; b != "" {
		if _, err := time.Parse("01/02/2006", b); err != nil {
			return errRow(rowBirthdate)
		}
	}
	if err := checkNewAttributes(p, nil, attributes); err != nil {
		return err
	}
	if err := checkFlags(attributes, nil); err != nil {
		return err
	}
	if err := checkRequired(p, attributes); err != nil {
		return err
	}
	if !p.importVerified(u) {
		return errRow(rowUnverified)
	}
	return p.importMFA(u, mfa)
}

// importVerified tells whether one of the pool's auto-verified attributes is
// verified, to which a code can be sent for a new password.
func (p *pool) importVerified(u *store.User) bool {
	for _, a := range p.Doc.AutoVerifiedAttributes {
		if isVerified(u, string(a)) {
			return true
		}
	}
	return false
}

func (p *pool) importMFA(u *store.User, enabled string) error {
	switch m := p.Doc.MfaConfiguration; {
	case enabled != "true" && enabled != "false":
		return errRow(rowMFAForm)
	case enabled == "false" && m == types.UserPoolMfaTypeOn:
		return errRow(rowMFARequired)
	case enabled == "true" && m != types.UserPoolMfaTypeOn && m != types.UserPoolMfaTypeOptional:
		return errRow(rowMFAOff)
	}
	if enabled == "true" && p.mfaOffered(mfaSMS) && u.Attributes[attrPhone] != "" {
		enableMFA(u, mfaSMS)
	}
	return nil
}

// rowFault is what the log says of an error, or "" for one that is not the
// row's.
func rowFault(err error) string {
	var row errRow
	var api smithy.APIError
	switch {
	case errors.As(err, &row):
		return string(row)
	case errors.Is(err, errHashForm) || errors.Is(err, errHashBounds):
		return err.Error()
	case errors.As(err, &api):
		return strings.Join(strings.Fields(api.ErrorMessage()), " ")
	}
	return ""
}
