package bench

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
)

func (w *world) provider() string {
	return "cognito-idp." + region + ".amazonaws.com/" + w.made.UserPoolID
}

func (w *world) logins() map[string]any { return map[string]any{w.provider(): w.idToken} }

func (w *world) adminInitiateAuth() []byte {
	creds := keys(account)
	return jsonCall(w.addr, "cognito-idp", "AdminInitiateAuth", map[string]any{
		"UserPoolId": w.made.UserPoolID, "ClientId": w.made.ClientID, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": map[string]any{"USERNAME": email, "PASSWORD": password},
	}, &creds)
}

func (w *world) getID() []byte {
	return jsonCall(w.addr, "cognito-identity", "GetId", map[string]any{"IdentityPoolId": w.made.IdentityPoolID, "Logins": w.logins()}, nil)
}

func (w *world) getCredentials() []byte {
	return jsonCall(w.addr, "cognito-identity", "GetCredentialsForIdentity", map[string]any{"IdentityId": w.made.IdentityID, "Logins": w.logins()}, nil)
}

func (w *world) getCallerIdentity() []byte {
	return queryCall(w.addr, "sts", "GetCallerIdentity", nil, &w.session)
}

// perAccount is how many things of a kind are made in one account, or clients
// in one pool, below AWS's quotas.
const perAccount = 500

func (w *world) fresh() (n int, accountID string) {
	n = int(w.next.Add(1))
	return n, fmt.Sprintf("7%011d", n/perAccount)
}

// BenchmarkCall measures each of the thirteen calls of the main job.
func BenchmarkCall(b *testing.B) {
	for _, c := range []struct {
		name string
		run  func(*world, *testing.B)
	}{
		{"01-CreateUserPool", (*world).benchCreateUserPool},
		{"02-CreateUserPoolClient", (*world).benchCreateUserPoolClient},
		{"03-SignUp", (*world).benchSignUp},
		{"04-AdminConfirmSignUp", (*world).benchAdminConfirmSignUp},
		{"05-CreateIdentityPool", (*world).benchCreateIdentityPool},
		{"06-CreatePolicy", (*world).benchCreatePolicy},
		{"07-CreateRole", (*world).benchCreateRole},
		{"08-AttachRolePolicy", (*world).benchAttachRolePolicy},
		{"09-SetIdentityPoolRoles", (*world).benchSetIdentityPoolRoles},
		{"10-AdminInitiateAuth", (*world).benchAdminInitiateAuth},
		{"11-GetId", (*world).benchGetID},
		{"12-GetCredentialsForIdentity", (*world).benchGetCredentials},
		{"13-GetCallerIdentity", (*world).benchGetCallerIdentity},
	} {
		b.Run(c.name, func(b *testing.B) {
			eachDatabase(b, func(b *testing.B, w *world) { c.run(w, b) })
		})
	}
}

func (w *world) benchCreateUserPool(b *testing.B) {
	w.run(b, load{floor: floorHTTP.cost(b), request: func(int) []byte {
		_, accountID := w.fresh()
		creds := keys(accountID)
		return jsonCall(w.addr, "cognito-idp", "CreateUserPool", map[string]any{
			"PoolName": "test", "UsernameAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"},
		}, &creds)
	}})
}

func (w *world) benchCreateUserPoolClient(b *testing.B) {
	creds := keys(account)
	var requests [][]byte
	w.run(b, load{
		floor: floorHTTP.cost(b),
		prepare: func(n int) {
			requests = nil
			for range n/perAccount + 1 {
				requests = append(requests, jsonCall(w.addr, "cognito-idp", "CreateUserPoolClient", map[string]any{
					"UserPoolId": w.newPool(b, "clients"), "ClientName": "test",
					"ExplicitAuthFlows": []string{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH"},
				}, &creds))
			}
		},
		request: func(i int) []byte { return requests[i/perAccount] },
	})
}

func (w *world) signUp() []byte {
	n, _ := w.fresh()
	address := fmt.Sprintf("sign-up-%d@example.com", n)
	return jsonCall(w.addr, "cognito-idp", "SignUp", map[string]any{
		"ClientId": w.made.ClientID, "Username": address, "Password": password,
		"UserAttributes": []map[string]any{{"Name": "email", "Value": address}},
	}, nil)
}

func (w *world) benchSignUp(b *testing.B) {
	w.run(b, load{floor: floorModExp.cost(b).plus(floorHTTP.cost(b)), request: func(int) []byte { return w.signUp() }})
}

func (w *world) benchAdminConfirmSignUp(b *testing.B) {
	creds := keys(account)
	var first int
	w.run(b, load{
		floor: floorHTTP.cost(b),
		prepare: func(n int) {
			first = int(w.next.Add(int64(n))) - n + 1
			w.addUsers(b, w.made.UserPoolID, "UNCONFIRMED", first, first+n-1)
		},
		request: func(i int) []byte {
			return jsonCall(w.addr, "cognito-idp", "AdminConfirmSignUp", map[string]any{
				"UserPoolId": w.made.UserPoolID, "Username": fmt.Sprintf("user-%08d", first+i),
			}, &creds)
		},
	})
}

func (w *world) benchCreateIdentityPool(b *testing.B) {
	w.run(b, load{floor: floorHTTP.cost(b), request: func(int) []byte {
		_, accountID := w.fresh()
		creds := keys(accountID)
		return jsonCall(w.addr, "cognito-identity", "CreateIdentityPool", map[string]any{
			"IdentityPoolName": "test", "AllowUnauthenticatedIdentities": false, "AllowClassicFlow": true,
			"CognitoIdentityProviders": []map[string]any{{"ProviderName": w.provider(), "ClientId": w.made.ClientID, "ServerSideTokenCheck": false}},
		}, &creds)
	}})
}

func document(statement map[string]any) string {
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (w *world) createPolicy(n int, accountID string) []byte {
	creds := keys(accountID)
	return queryCall(w.addr, "iam", "CreatePolicy", map[string]string{
		"PolicyName": fmt.Sprint("policy-", n), "Path": "/service-role/",
		"PolicyDocument": document(map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}),
	}, &creds)
}

func (w *world) createRole(n int, accountID string) []byte {
	creds := keys(accountID)
	return queryCall(w.addr, "iam", "CreateRole", map[string]string{
		"RoleName": fmt.Sprint("role-", n), "Path": "/service-role/",
		"AssumeRolePolicyDocument": document(map[string]any{
			"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
			"Principal": map[string]any{"Federated": "cognito-identity.amazonaws.com"},
			"Condition": map[string]any{
				"StringEquals":           map[string]any{"cognito-identity.amazonaws.com:aud": w.made.IdentityPoolID},
				"ForAnyValue:StringLike": map[string]any{"cognito-identity.amazonaws.com:amr": "authenticated"},
			},
		}),
	}, &creds)
}

func (w *world) benchCreatePolicy(b *testing.B) {
	w.run(b, load{floor: floorHTTP.cost(b), request: func(int) []byte { return w.createPolicy(w.fresh()) }})
}

func (w *world) benchCreateRole(b *testing.B) {
	w.run(b, load{floor: floorHTTP.cost(b), request: func(int) []byte { return w.createRole(w.fresh()) }})
}

var policyARN = regexp.MustCompile(`<Arn>(.*?)</Arn>`)

// perRole is AWS's quota of managed policies attached to a role.
const perRole = 10

func (w *world) benchAttachRolePolicy(b *testing.B) {
	var requests [][]byte
	w.run(b, load{
		floor: floorHTTP.cost(b),
		prepare: func(n int) {
			requests = nil
			c, err := dial(w.addr)
			if err != nil {
				b.Fatal(err)
			}
			defer c.conn.Close()
			for len(requests) < n {
				_, accountID := w.fresh()
				requests = append(requests, w.attachments(b, c, accountID)...)
			}
		},
		request: func(i int) []byte { return requests[i] },
	})
}

// attachments makes policies and roles in an account and returns the requests
// that attach each of the policies to each of the roles.
func (w *world) attachments(b *testing.B, c *client, accountID string) (requests [][]byte) {
	var arns []string
	creds := keys(accountID)
	for range perRole {
		answer, err := c.do(w.createPolicy(int(w.next.Add(1)), accountID))
		if err != nil {
			b.Fatal(err)
		}
		arns = append(arns, policyARN.FindStringSubmatch(string(answer))[1])
	}
	for range 50 {
		n := int(w.next.Add(1))
		if _, err := c.do(w.createRole(n, accountID)); err != nil {
			b.Fatal(err)
		}
		for _, arn := range arns {
			requests = append(requests, queryCall(w.addr, "iam", "AttachRolePolicy", map[string]string{"RoleName": fmt.Sprint("role-", n), "PolicyArn": arn}, &creds))
		}
	}
	return requests
}

func (w *world) benchSetIdentityPoolRoles(b *testing.B) {
	creds := keys(account)
	set := func(role string) []byte {
		return jsonCall(w.addr, "cognito-identity", "SetIdentityPoolRoles", map[string]any{
			"IdentityPoolId": w.made.IdentityPoolID, "Roles": map[string]any{"authenticated": w.made.RoleARN, "unauthenticated": role},
		}, &creds)
	}
	turns := [][]byte{set(w.made.RoleARN), set(w.made.RoleARN + "-2")}
	w.run(b, load{floor: floorHTTP.cost(b), request: func(i int) []byte { return turns[i%2] }})
}

func (w *world) benchAdminInitiateAuth(b *testing.B) {
	w.run(b, load{floor: floorSignIn(b), request: same(w.adminInitiateAuth())})
}

func (w *world) benchGetID(b *testing.B) {
	w.run(b, load{floor: floorGetID(b), request: same(w.getID())})
}

func (w *world) benchGetCredentials(b *testing.B) {
	w.run(b, load{floor: floorGetCredentials(b), request: same(w.getCredentials())})
}

func (w *world) benchGetCallerIdentity(b *testing.B) {
	w.run(b, load{floor: floorHTTP.cost(b), request: same(w.getCallerIdentity())})
}

// floorSignIn is two token signatures, a password verifier and a round trip.
func floorSignIn(b testing.TB) cost {
	return floorRSA.cost(b).times(2).plus(floorModExp.cost(b)).plus(floorHTTP.cost(b))
}
