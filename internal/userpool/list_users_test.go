package userpool_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// list returns the usernames of all pages of ListUsers.
func (w *world) list(poolID, filter string, limit int32) (names []string) {
	w.Helper()
	in := &cognito.ListUsersInput{UserPoolId: &poolID, Filter: &filter, Limit: &limit}
	for {
		out, err := w.ListUsers(w.ctx, in)
		if err != nil {
			w.Fatalf("%s: %v", filter, err)
		}
		if len(out.Users) > int(limit) {
			w.Fatalf("a page of %d users", len(out.Users))
		}
		for _, u := range out.Users {
			names = append(names, *u.Username)
		}
		if in.PaginationToken = out.PaginationToken; in.PaginationToken == nil {
			return names
		}
	}
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client := w.client(pool, nil)
	for i := range 7 {
		w.mustCreate(pool, fmt.Sprintf("user%d", i), "email", fmt.Sprintf("User%d@Example.com", i), "given_name", "Ann", "family_name", fmt.Sprintf("\"F\\%d", i%2))
	}
	w.confirmed(client, "Zoe", "email", "zoe@example.com", "given_name", "anna", "phone_number", "+15550001")
	if _, err := w.AdminDisableUser(w.ctx, &cognito.AdminDisableUserInput{UserPoolId: &pool, Username: aws.String("user3")}); err != nil {
		t.Fatal(err)
	}
	sub := values(w.get(pool, "user5").UserAttributes)["sub"]
	users := func(numbers ...int) (out []string) {
		for _, n := range numbers {
			out = append(out, fmt.Sprintf("user%d", n))
		}
		return out
	}
	every := append(users(0, 1, 2, 3, 4, 5, 6), "Zoe")
	for filter, want := range map[string][]string{
		"":                                        every,
		"  ":                                      every,
		`username = "user1"`:                      users(1),
		`username="user1"`:                        users(1),
		`username = "USER1"`:                      nil,
		`username ^= "user"`:                      users(0, 1, 2, 3, 4, 5, 6),
		`username ^= ""`:                          every,
		`username = ""`:                           nil,
		`username = "user1@example.com"`:          nil,
		`email = "user2@example.com"`:             users(2),
		`email = "USER2@example.com"`:             users(2),
		`email ^= "user"`:                         users(0, 1, 2, 3, 4, 5, 6),
		`email ^= "User4@"`:                       users(4),
		`email = "user"`:                          nil,
		`given_name = "ann"`:                      users(0, 1, 2, 3, 4, 5, 6),
		`given_name ^= "Ann"`:                     every,
		`family_name = "\"f\\1"`:                  users(1, 3, 5),
		`phone_number ^= "+1"`:                    {"Zoe"},
		`preferred_username ^= ""`:                nil,
		`name = "x"`:                              nil,
		`cognito:user_status = "confirmed"`:       {"Zoe"},
		`cognito:user_status ^= "force"`:          users(0, 1, 2, 3, 4, 5, 6),
		`cognito:user_status = "UNKNOWN"`:         nil,
		`status = "Disabled"`:                     users(3),
		`status = "disabled"`:                     nil,
		`status ^= "E"`:                           append(users(0, 1, 2, 4, 5, 6), "Zoe"),
		`status ^= ""`:                            every,
		`sub = "` + sub + `"`:                     users(5),
		`sub ^= "` + sub[:13] + `"`:               users(5),
		`sub = "` + strings.ToUpper(sub) + `"`:    users(5),
		"email\t^=\n\"zoe\" ":                     {"Zoe"},
		`given_name ^= "` + "\u0000" + `"`:        nil,
		`given_name ^= "` + "\U0010ffff" + `"`:    nil,
		`given_name ^= "ann` + "\U0010ffff" + `"`: nil,
	} {
		for _, limit := range []int32{1, 3, 60} {
			got := w.list(pool, filter, limit)
			slices.Sort(got)
			expected := slices.Sorted(slices.Values(want))
			if d := cmp.Diff(expected, got); d != "" {
				t.Errorf("filter %q in pages of %d: %s", filter, limit, d)
			}
		}
	}
}

func TestListUsersRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool, other := w.pool(nil), w.pool(nil)
	for i := range 3 {
		w.mustCreate(pool, fmt.Sprintf("user%d", i))
	}
	page, err := w.ListUsers(w.ctx, &cognito.ListUsersInput{UserPoolId: &pool, Limit: aws.Int32(1)})
	if err != nil || page.PaginationToken == nil {
		t.Fatalf("%+v, %v", page, err)
	}
	list := func(pool, filter string, token *string, attributes ...string) error {
		_, err := w.ListUsers(w.ctx, &cognito.ListUsersInput{UserPoolId: &pool, Filter: &filter, PaginationToken: token, AttributesToGet: attributes})
		return err
	}
	for _, filter := range []string{
		"foo", "=", `name`, `name =`, `name = x`, `name = "x`, `name = x"`, `name == "x"`, `name != "x"`, `name ^ = "x"`, `^= "x"`,
		`name = "x" and name = "y"`, `name = "x""`, `name = "\x"`, `name = "x\"`, `"name" = "x"`, `na me = "x"`,
	} {
		refused(t, list(pool, filter, nil), "InvalidParameterException", "Error while parsing filter.")
	}
	for _, attribute := range []string{"custom:x", "address", "Email", "nothing", "email_verified"} {
		refused(t, list(pool, attribute+` = "x"`, nil), "InvalidParameterException", "Invalid search attribute: "+attribute)
	}
	const badPage = "Invalid pagination token."
	refused(t, list(pool, "", aws.String("nonsense")), "InvalidParameterException", badPage)
	refused(t, list(other, "", page.PaginationToken), "InvalidParameterException", badPage)
	refused(t, list(pool, `username ^= "u"`, page.PaginationToken), "InvalidParameterException", badPage)
	refused(t, list(pool, "", nil, "custom:x"), "InvalidParameterException", "One or more requested attributes do not exist.")
	refused(t, list("us-east-1_none", "", nil), "ResourceNotFoundException", "User pool us-east-1_none does not exist.")
}

func TestListUsersAttributesToGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(nil)
	w.mustCreate(pool, "bob", "email", "b@example.com", "name", "Bob")
	out, err := w.ListUsers(w.ctx, &cognito.ListUsersInput{UserPoolId: &pool, AttributesToGet: []string{"email", "phone_number"}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"email": "b@example.com"}, values(out.Users[0].Attributes)); d != "" {
		t.Error(d)
	}
}

// Pages stay in place while users come and go.
func TestListUsersStablePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(nil)
	for _, name := range []string{"b", "d", "f", "h"} {
		w.mustCreate(pool, name, "name", "x")
	}
	for _, filter := range []string{"", `name = "x"`} {
		first, err := w.ListUsers(w.ctx, &cognito.ListUsersInput{UserPoolId: &pool, Limit: aws.Int32(2), Filter: &filter})
		if err != nil {
			t.Fatal(err)
		}
		seen := []string{*first.Users[0].Username, *first.Users[1].Username}
		gone := seen[1]
		if _, err := w.AdminDeleteUser(w.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &pool, Username: &gone}); err != nil {
			t.Fatal(err)
		}
		rest, err := w.ListUsers(w.ctx, &cognito.ListUsersInput{UserPoolId: &pool, Limit: aws.Int32(60), Filter: &filter, PaginationToken: first.PaginationToken})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range rest.Users {
			seen = append(seen, *u.Username)
		}
		slices.Sort(seen)
		if d := cmp.Diff([]string{"b", "d", "f", "h"}, seen); d != "" {
			t.Error(d)
		}
		w.mustCreate(pool, gone, "name", "x")
	}
}

func FuzzListUsersFilter(f *testing.F) {
	for _, seed := range []string{
		"", `name = "x"`, `email ^= "a\"b"`, `status = "Enabled"`, `sub^="x`, `username = "\\"`, "name = \"\x00\xff\"", `cognito:user_status ^= "c"`,
	} {
		f.Add(seed)
	}
	w := newWorld(f)
	pool := w.pool(func(in *newops.CreateUserPoolInput) { aliasPool(in) })
	w.mustCreate(pool, "bob", "email", "bob@example.com", "name", "Bob", "given_name", "B")
	f.Fuzz(func(t *testing.T, filter string) {
		out, err := w.ListUsers(w.ctx, &cognito.ListUsersInput{UserPoolId: &pool, Filter: &filter})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "InvalidParameterException: ") {
				t.Errorf("%q: %v", filter, err)
			}
			return
		}
		if len(out.Users) > 1 || out.PaginationToken != nil {
			t.Errorf("%q: %d users", filter, len(out.Users))
		}
		if strings.TrimSpace(filter) == "" && len(out.Users) != 1 {
			t.Errorf("%q selects nobody", filter)
		}
	})
}

// BenchmarkListUsers lists pages of a pool of a hundred thousand users.
func BenchmarkListUsers(b *testing.B) {
	w := newWorld(b)
	pool := w.pool(nil)
	const many = 100_000
	for start := 0; start < many; start += 1000 {
		if err := w.db.Update(w.ctx, func(tx *store.Tx) error {
			for i := range 1000 {
				name := fmt.Sprintf("user%06d", start+i)
				if err := tx.InsertUser(&store.User{
					PoolID: pool, Sub: fmt.Sprintf("%08x-0000-4000-8000-000000000000", (start+i)*7919), Username: name, UsernameKey: name, Status: "CONFIRMED", Enabled: true,
					Attributes: map[string]string{"email": name + "@example.com", "email_verified": "true", "family_name": "Miller"},
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for name, filter := range map[string]string{
		"page": "", "exact": `email = "user077777@example.com"`, "prefix": `email ^= "user0777"`, "common": `family_name = "Miller"`, "status": `status = "Enabled"`,
	} {
		b.Run(name, func(b *testing.B) {
			in := &cognito.ListUsersInput{UserPoolId: &pool, Filter: &filter}
			for b.Loop() {
				out, err := w.ListUsers(w.ctx, in)
				if err != nil {
					b.Fatal(err)
				}
				if in.PaginationToken = out.PaginationToken; len(out.Users) == 0 {
					b.Fatal("no users")
				}
			}
		})
	}
}
