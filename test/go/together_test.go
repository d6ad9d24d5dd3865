package gotest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// Sixty-four clients that sign up at once, with names that are neighbours in
// every index, all succeed; of those who want one name exactly one does.
func TestSignUpTogether(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]func(t *testing.T) []string{
		"sqlite": func(t *testing.T) []string { return []string{"--data", t.TempDir()} },
		"postgres": func(t *testing.T) []string {
			return []string{"--data", t.TempDir(), "--database", storetest.Postgres(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := serve(t, args(t)...)
			_, clientID := createPool(t, p)
			var mu sync.Mutex
			contested := 0
			var wg sync.WaitGroup
			for i := range 64 {
				pools := cognitoidentityprovider.NewFromConfig(p.config())
				signUp := func(name string) error {
					_, err := pools.SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{ClientId: &clientID, Username: &name, Password: aws.String(password)})
					return err
				}
				wg.Go(func() {
					if err := signUp(fmt.Sprintf("user-%02d", i)); err != nil {
						t.Error(err)
					}
					err := signUp("contested")
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						contested++
					} else if !isA[*types.UsernameExistsException](err) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if contested != 1 {
				t.Errorf("%d users have one name", contested)
			}
		})
	}
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
