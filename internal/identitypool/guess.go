package identitypool

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// guess is what a call's logins will lead to if their tokens turn out to be
// good: read together with the pool, in one transaction, before the tokens are
// verified. A known user then needs no second transaction. It is used only for
// logins that verification has confirmed, and only when nothing is to be
// written.
type guess struct {
	logins []login
	id     string
}

// right returns the identity when the verified logins are the guessed ones.
func (g guess) right(verified []login) (id string, ok bool) {
	return g.id, g.id != "" && slices.EqualFunc(g.logins, verified, func(a, b login) bool {
		return a.provider == b.provider && a.subject == b.subject
	})
}

// guess reads what plan says to the users that the tokens name. What cannot be
// read from a token or would have to be written gives an empty guess.
func (s *Service) guess(p *pool, tokens map[string]string, plan func([]login) (*link, error)) (guess, error) {
	logins := make([]login, 0, len(tokens))
	for _, name := range sortedNames(tokens) {
		provider, ok := s.userPools.ProviderName(name)
		if !ok {
			provider = name
		}
		c, isJWT := peek(tokens[name])
		if !isJWT || c.Subject == "" || name == identityProvider {
			return guess{}, nil
		}
		logins = append(logins, login{provider: provider, subject: c.Subject})
	}
	l, err := plan(logins)
	var known smithy.APIError
	if errors.As(err, &known) {
		return guess{}, nil
	}
	if err != nil || !l.settled() {
		return guess{}, err
	}
	return guess{logins: logins, id: l.owner.ID}, nil
}
