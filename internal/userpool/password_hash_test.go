package userpool_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// base64Of is base64 of hexadecimal digits.
func base64Of(digits string) string {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// hashVectors are hashes from the specifications' and systems' own examples, in
// each form that is read.
func hashVectors() map[string][2]string {
	pbkdf2 := base64Of("120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b")
	scrypt := base64Of("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
	const argon2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	const bcrypt = "06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"
	bare := func(s string) string { return strings.TrimRight(s, "=") }
	return map[string][2]string{
		"bcrypt 2a":        {"abc", "$2a$" + bcrypt},
		"bcrypt 2b":        {"abc", "$2b$" + bcrypt},
		"bcrypt 2y":        {"abc", "$2y$" + bcrypt},
		"bcrypt Django":    {"abc", "bcrypt$$2b$" + bcrypt},
		"argon2 PHC":       {"password", argon2},
		"argon2 Django":    {"password", "argon2" + argon2},
		"scrypt PHC":       {"password", "$scrypt$ln=10,r=8,p=16$TmFDbA$" + bare(scrypt)},
		"scrypt Django":    {"password", "scrypt$1024$NaCl$8$16$" + scrypt},
		"pbkdf2 PHC":       {"password", "$pbkdf2-sha256$i=1,l=32$c2FsdA$" + bare(pbkdf2)},
		"pbkdf2 Passlib":   {"password", "$pbkdf2-sha256$1$c2FsdA$" + strings.ReplaceAll(bare(pbkdf2), "+", ".")},
		"pbkdf2 Django":    {"password", "pbkdf2_sha256$1$salt$" + pbkdf2},
		"pbkdf2 SHA-1":     {"password", "pbkdf2_sha1$1$salt$" + base64Of("0c60c80f961f0e71f3a9b524af6012062fe037a6")},
		"Keycloak objects": {"password", `{"type":"password","secretData":{"value":"` + pbkdf2 + `","salt":"c2FsdA=="},"credentialData":{"hashIterations":1,"algorithm":"pbkdf2-sha256"}}`},
		"Keycloak text":    {"password", `{"secretData":"{\"value\":\"` + pbkdf2 + `\",\"salt\":\"c2FsdA==\"}","credentialData":"{\"hashIterations\":1,\"algorithm\":\"pbkdf2-sha256\"}"}`},
		"Keycloak argon2": {"password", `{"secretData":{"value":"nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=","salt":"c29tZXNhbHQ="},` +
			`"credentialData":{"hashIterations":2,"algorithm":"argon2","additionalParameters":{"memory":["256"],"parallelism":["1"],"type":["id"],"version":["1.3"]}}}`},
		"Firebase": {"user1password", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==" +
			"$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="},
	}
}

func (w *world) hashes(poolID string) (some string) {
	w.Helper()
	err := w.db.View(w.ctx, func(tx *store.Tx) (err error) {
		some, err = tx.AnyPasswordHash(poolID)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return some
}

// A user who comes with a hash signs in with the old password, and its hash is
// gone then.
func TestImportedPasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	c := w.client(id, everyFlow)
	vectors := hashVectors()
	var rows []map[string]string
	names := map[string]string{}
	for name, v := range vectors {
		names[name] = fmt.Sprintf("user%d", len(rows))
		rows = append(rows, csvUser(names[name], "cognito:password_hash", v[1]))
	}
	j, log := w.importFile(id, w.csv(id, []string{"cognito:password_hash"}, rows...))
	if int(j.ImportedUsers) != len(vectors) {
		t.Fatalf("log:\n%s", log)
	}
	for name, v := range vectors {
		user := names[name]
		if got := w.get(id, user).UserStatus; got != types.UserStatusTypeConfirmed {
			t.Errorf("%s: status %s", name, got)
		}
		_, err := w.signIn(c, user, v[0]+"x")
		refused(t, err, "NotAuthorizedException", "Incorrect username or password.")
		if _, err := w.signIn(c, user, v[0]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.signIn(c, user, v[0]); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
		_, err = w.signIn(c, user, v[0]+"x")
		refused(t, err, "NotAuthorizedException", "Incorrect username or password.")
	}
	if some := w.hashes(id); some != "" {
		t.Error("a hash is kept after the sign-in")
	}
}

func TestImportedPasswordRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	const form, bounds = "The password hash has a format that is not supported.", "The parameters of the password hash are outside of the range that is supported."
	hash := strings.Repeat("A", 43)
	for text, want := range map[string]string{
		"plain":        form,
		"$1$salt$hash": form,
		"$2a$06$short": form,
		"$2a$16$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i": bounds,
		"$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash:              form,
		"$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$" + hash:             form,
		"$argon2id$v=19$m=2000000,t=2,p=1$c29tZXNhbHQ$" + hash:         bounds,
		"$argon2id$v=19$m=65536,t=9999,p=1$c29tZXNhbHQ$" + hash:        bounds,
		"$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$" + hash:             bounds,
		"$argon2id$v=19$m=256,t=1,p=300$c29tZXNhbHQ$" + hash:           bounds,
		"$argon2id$v=19$m=256,t=1,p=1$c29tZXNhbHQ$AAAA":                bounds,
		"$scrypt$ln=30,r=8,p=1$TmFDbA$" + hash:                         bounds,
		"$scrypt$ln=20,r=8,p=1$TmFDbA$" + hash:                         bounds,
		"scrypt$1000$NaCl$8$1$" + hash:                                 bounds,
		"scrypt$x$NaCl$8$1$" + hash:                                    form,
		"$pbkdf2-sha256$i=99999999$c2FsdA$" + hash:                     bounds,
		"$pbkdf2-md5$i=1$c2FsdA$" + hash:                               form,
		"$pbkdf2-sha256$i=1$c2FsdA$!!":                                 form,
		"pbkdf2_sha256$0$salt$" + hash:                                 bounds,
		"pbkdf2_sha256$1$$" + hash:                                     bounds,
		"$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk=AAAA$AAAA$" + hash:      form,
		"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=AAAA$AAAA$" + hash:      bounds,
		"{}":     form,
		"{\"a\"": form,
		`{"secretData":{},"credentialData":{"algorithm":"pbkdf2-sha256","hashIterations":1}}`: bounds,
		strings.Repeat("$", 5000): form,
	} {
		_, log := w.importFile(id, w.csv(id, []string{"cognito:password_hash"}, csvUser("ann", "cognito:password_hash", text)))
		if log != "[FAILED] Line Number 2 - "+want+"\n" {
			t.Errorf("%.60s: %s", text, log)
		}
	}
}

// A job for an algorithm takes hashes of no other.
func TestImportOfAnAlgorithm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	v := hashVectors()
	file := w.csv(id, []string{"cognito:password_hash"},
		csvUser("ann", "cognito:password_hash", v["bcrypt 2b"][1]), csvUser("bob", "cognito:password_hash", v["argon2 PHC"][1]), csvUser("eve"))
	run := func(file string) *newops.UserImportJobType {
		j := w.importJob(id, newops.PasswordHashingAlgorithmTypeBcrypt)
		w.put(j, strings.NewReader(file))
		if err := w.start(id, j); err != nil {
			t.Fatal(err)
		}
		if err := w.Import(w.ctx); err != nil {
			t.Fatal(err)
		}
		return w.describeJob(id, j)
	}
	if j := run(w.csv(id, nil, csvUser("ann"))); j.Status != types.UserImportJobStatusTypeFailed || *j.CompletionMessage != "The header of the CSV file lacks the column cognito:password_hash." {
		t.Errorf("without hashes: %s", wire(t, j))
	}
	if j := run(file); j.ImportedUsers != 2 || j.FailedUsers != 1 || j.PasswordHashingAlgorithm != "BCRYPT" {
		t.Errorf("job %s", wire(t, j))
	}
	if got := w.get(id, "eve").UserStatus; got != types.UserStatusTypeResetRequired {
		t.Errorf("a user without a hash is %s", got)
	}
}

// Of several first sign-ins at a time all succeed, and a new password makes the
// imported one void.
func TestImportedPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	c := w.client(id, everyFlow)
	v := hashVectors()["bcrypt 2b"]
	w.importFile(id, w.csv(id, []string{"cognito:password_hash"}, csvUser("ann", "cognito:password_hash", v[1]), csvUser("bob", "cognito:password_hash", v[1])))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := w.signIn(c, "ann", v[0]); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	_, err := w.AdminSetUserPassword(w.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &id, Username: aws.String("bob"), Password: aws.String(goodPassword), Permanent: true})
	if err != nil {
		t.Fatal(err)
	}
	if w.hashes(id) != "" {
		t.Error("a hash is kept after the password was set")
	}
	_, err = w.signIn(c, "bob", v[0])
	refused(t, err, "NotAuthorizedException", "Incorrect username or password.")
	w.mustSignIn(c, "bob", goodPassword)
	// Names that nobody has are refused as before.
	_, err = w.signIn(c, "nobody", v[0])
	wantError(t, err, "UserNotFoundException", "...")
}

// A choice of factors offers the password, but not by SRP before there is a
// verifier.
func TestImportedPasswordAsChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	c := w.client(id, everyFlow)
	v := hashVectors()["bcrypt 2b"]
	w.importFile(id, w.csv(id, []string{"cognito:password_hash"}, csvUser("ann", "cognito:password_hash", v[1])))
	choose := func(ctx context.Context) *cognito.InitiateAuthOutput {
		out, err := w.InitiateAuth(ctx, &cognito.InitiateAuthInput{ClientId: &c, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: map[string]string{"USERNAME": "ann"}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := fmt.Sprint(choose(w.ctx).AvailableChallenges); got != "[PASSWORD]" {
		t.Errorf("offered %s", got)
	}
	out, err := w.InitiateAuth(w.ctx, &cognito.InitiateAuthInput{
		ClientId: &c, AuthFlow: types.AuthFlowTypeUserAuth,
		AuthParameters: map[string]string{"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": v[0]},
	})
	if err != nil || out.AuthenticationResult == nil {
		t.Fatalf("sign-in: %v", err)
	}
	if got := fmt.Sprint(choose(w.ctx).AvailableChallenges); got != "[PASSWORD_SRP PASSWORD]" {
		t.Errorf("then offered %s", got)
	}
}
