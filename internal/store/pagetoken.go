package store

import (
	"errors"
	"strings"
)

// ErrPageToken means that a token is not one of the list.
var ErrPageToken = errors.New("the token is not one of this list")

// SealPage makes the token with which a list goes on after a key. Tokens are
// good for the same purpose, a service's, and the same list only.
func (db *DB) SealPage(purpose, list, after string) string {
	return db.SealToken(purpose, []byte(list+"\n"+after))
}

// OpenPage returns the key after which the page begins. The error is
// ErrPageToken.
func (db *DB) OpenPage(purpose, list, token string) (after string, err error) {
	payload, err := db.OpenToken(purpose, token)
	if err != nil {
		return "", ErrPageToken
	}
	of, after, _ := strings.Cut(string(payload), "\n")
	if of != list {
		return "", ErrPageToken
	}
	return after, nil
}
