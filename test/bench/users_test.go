package bench

import (
	"encoding/json"
	"fmt"
	"testing"
)

// BenchmarkSignUp measures sign-ups of 1, 8 and 64 clients at once. Each waits
// for the disk.
func BenchmarkSignUp(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients-%d", clients), func(b *testing.B) {
			eachDatabase(b, func(b *testing.B, w *world) {
				w.run(b, load{
					clients: clients, commit: true, floor: floorModExp.cost(b).plus(floorHTTP.cost(b)),
					request: func(int) []byte { return w.signUp() },
				})
			})
		})
	}
}

// BenchmarkSignInPassword is InitiateAuth with USER_PASSWORD_AUTH.
func BenchmarkSignInPassword(b *testing.B) {
	eachDatabase(b, func(b *testing.B, w *world) {
		w.run(b, load{floor: floorSignIn(b), request: same(jsonCall(w.addr, "cognito-idp", "InitiateAuth", map[string]any{
			"ClientId": w.passwordClient(b), "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": map[string]any{"USERNAME": email, "PASSWORD": password},
		}, nil))})
	})
}

// passwordClient makes an app client that takes passwords.
func (w *world) passwordClient(b *testing.B) string {
	creds := keys(account)
	var made struct {
		UserPoolClient struct{ ClientID string }
	}
	w.answer(b, jsonCall(w.addr, "cognito-idp", "CreateUserPoolClient", map[string]any{
		"UserPoolId": w.made.UserPoolID, "ClientName": "password", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &creds), &made)
	return made.UserPoolClient.ClientID
}

// BenchmarkRefresh is InitiateAuth with REFRESH_TOKEN_AUTH.
func BenchmarkRefresh(b *testing.B) {
	eachDatabase(b, func(b *testing.B, w *world) {
		floor := floorRSA.cost(b).times(2).plus(floorHTTP.cost(b))
		w.run(b, load{floor: floor, request: same(jsonCall(w.addr, "cognito-idp", "InitiateAuth", map[string]any{
			"ClientId": w.made.ClientID, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": map[string]any{"REFRESH_TOKEN": w.refreshToken},
		}, nil))})
	})
}

// BenchmarkListUsers lists a pool of 100000 users (POOLHOUSE_BENCH_USERS).
func BenchmarkListUsers(b *testing.B) {
	for _, c := range []struct {
		name string
		in   map[string]any
		// pages is how many pages are read before, so that the page that is
		// measured lies in the middle.
		pages int
	}{
		{"first-page-of-60", map[string]any{}, 0},
		{"tenth-page-of-60", map[string]any{}, 9},
		{"email-equals", map[string]any{"Filter": `email = "user00004321@example.com"`}, 0},
		{"email-prefix-10", map[string]any{"Filter": `email ^= "user0000432"`}, 0},
		{"given_name-of-100", map[string]any{"Filter": `given_name = "Given17"`}, 0},
		{"status-page-of-60", map[string]any{"Filter": `cognito:user_status = "CONFIRMED"`}, 1},
		{"enabled-page-of-60", map[string]any{"Filter": `status = "Enabled"`}, 1},
		{"no-match", map[string]any{"Filter": `family_name = "nobody"`}, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			eachDatabase(b, func(b *testing.B, w *world) {
				w.run(b, load{floor: floorHTTP.cost(b), request: same(w.listUsers(b, c.in, c.pages))})
			})
		})
	}
}

// listUsers is the request for the page after so many.
func (w *world) listUsers(b *testing.B, in map[string]any, pages int) []byte {
	creds := keys(account)
	in["UserPoolId"] = w.largePool(b)
	delete(in, "PaginationToken")
	for range pages {
		var page struct{ PaginationToken string }
		body, err := ask(w.addr, jsonCall(w.addr, "cognito-idp", "ListUsers", in, &creds))
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if err != nil || page.PaginationToken == "" {
			b.Fatalf("no next page: %v", err)
		}
		in["PaginationToken"] = page.PaginationToken
	}
	return jsonCall(w.addr, "cognito-idp", "ListUsers", in, &creds)
}
