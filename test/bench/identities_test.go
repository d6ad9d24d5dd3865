package bench

import (
	"regexp"
	"testing"
)

// floorGetID is the verification of a login and a round trip.
func floorGetID(b testing.TB) cost { return floorVerify.cost(b).plus(floorHTTP.cost(b)) }

// floorGetCredentials is the verification of a login, the sealing of a session
// token and a round trip.
func floorGetCredentials(b testing.TB) cost { return floorGetID(b).plus(floorSeal.cost(b)) }

// identities is an identity pool with guests and a developer provider.
type identities struct{ pool, guest string }

const developerProvider = "login.example.app"

var rolesARN = regexp.MustCompile(`<Arn>(arn:aws:iam::[0-9]+:role/[^<]*)</Arn>`)

// identities makes the pool and a role that its identities get.
func (w *world) identities(b testing.TB) *identities {
	creds := keys(account)
	var made struct{ IdentityPoolID string }
	w.answer(b, jsonCall(w.addr, "cognito-identity", "CreateIdentityPool", map[string]any{
		"IdentityPoolName": "guests", "AllowUnauthenticatedIdentities": true, "DeveloperProviderName": developerProvider,
	}, &creds), &made)
	name := "guests-" + w.kind
	answer, err := ask(w.addr, queryCall(w.addr, "iam", "CreateRole", map[string]string{
		"RoleName": name, "AssumeRolePolicyDocument": document(map[string]any{
			"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": map[string]any{"Federated": "cognito-identity.amazonaws.com"},
			"Condition": map[string]any{"StringEquals": map[string]any{"cognito-identity.amazonaws.com:aud": made.IdentityPoolID}},
		}),
	}, &creds))
	if err != nil {
		b.Fatal(err)
	}
	arn := rolesARN.FindStringSubmatch(string(answer))[1]
	w.answer(b, jsonCall(w.addr, "cognito-identity", "SetIdentityPoolRoles", map[string]any{
		"IdentityPoolId": made.IdentityPoolID, "Roles": map[string]any{"authenticated": arn, "unauthenticated": arn},
	}, &creds), nil)
	i := &identities{pool: made.IdentityPoolID}
	var guest struct{ IdentityID string }
	w.answer(b, i.getID(w), &guest)
	i.guest = guest.IdentityID
	return i
}

func (i *identities) getID(w *world) []byte {
	return jsonCall(w.addr, "cognito-identity", "GetId", map[string]any{"IdentityPoolId": i.pool}, nil)
}

var identitiesOf = map[*world]*identities{}

// BenchmarkIdentityPool measures what the thirteen calls do not have: guests,
// OpenID tokens and developers' users. GetId of a new guest waits for the disk.
func BenchmarkIdentityPool(b *testing.B) {
	for _, c := range []struct {
		name    string
		commit  bool
		floor   func(testing.TB) cost
		request func(*world, *identities) []byte
	}{
		{"GetId-of-a-new-guest", true, floorHTTP.cost, func(w *world, i *identities) []byte { return i.getID(w) }},
		{"GetCredentialsForIdentity-of-a-guest", false, func(b testing.TB) cost { return floorSeal.cost(b).plus(floorHTTP.cost(b)) }, func(w *world, i *identities) []byte {
			return jsonCall(w.addr, "cognito-identity", "GetCredentialsForIdentity", map[string]any{"IdentityId": i.guest}, nil)
		}},
		{"GetOpenIdToken-of-a-user", false, func(b testing.TB) cost { return floorGetID(b).plus(floorRSA.cost(b)) }, func(w *world, _ *identities) []byte {
			return jsonCall(w.addr, "cognito-identity", "GetOpenIdToken", map[string]any{"IdentityId": w.made.IdentityID, "Logins": w.logins()}, nil)
		}},
		{"GetOpenIdTokenForDeveloperIdentity", false, func(b testing.TB) cost { return floorRSA.cost(b).plus(floorHTTP.cost(b)) }, func(w *world, i *identities) []byte {
			creds := keys(account)
			return jsonCall(w.addr, "cognito-identity", "GetOpenIdTokenForDeveloperIdentity", map[string]any{
				"IdentityPoolId": i.pool, "Logins": map[string]any{developerProvider: "user"},
			}, &creds)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			eachDatabase(b, func(b *testing.B, w *world) {
				if identitiesOf[w] == nil {
					b.StopTimer()
					identitiesOf[w] = w.identities(b)
					b.StartTimer()
				}
				w.run(b, load{commit: c.commit, floor: c.floor(b), request: same(c.request(w, identitiesOf[w]))})
			})
		})
	}
}
