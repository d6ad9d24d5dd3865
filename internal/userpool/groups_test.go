package userpool_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// addUsers adds confirmed users to a pool.
func (e *poolEnv) addUsers(t testing.TB, poolID *string, names ...string) {
	t.Helper()
	err := e.db.Update(e.ctx, func(tx *store.Tx) error {
		for _, name := range names {
			u := &store.User{PoolID: *poolID, Sub: "sub-" + name, Username: name, UsernameKey: name, Status: "CONFIRMED", Enabled: true}
			if err := tx.InsertUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (e *poolEnv) createGroup(t testing.TB, poolID *string, name string) {
	t.Helper()
	if _, err := e.CreateGroup(e.ctx, &cognito.CreateGroupInput{UserPoolId: poolID, GroupName: &name}); err != nil {
		t.Fatalf("CreateGroup %s: %v", name, err)
	}
}

func (e *poolEnv) addToGroup(poolID *string, group, username string) error {
	_, err := e.AdminAddUserToGroup(e.ctx, &cognito.AdminAddUserToGroupInput{UserPoolId: poolID, GroupName: &group, Username: &username})
	return err
}

func TestGroups(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	out, err := e.CreateGroup(e.ctx, &cognito.CreateGroupInput{
		UserPoolId: p.Id, GroupName: aws.String("Editors"), Description: aws.String("who edit"), Precedence: aws.Int32(0),
		RoleArn: aws.String("arn:aws:iam::123456789012:role/editor"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"CreationDate":1772600767,"Description":"who edit","GroupName":"Editors","LastModifiedDate":1772600767,"Precedence":0,`+
		`"RoleArn":"arn:aws:iam::123456789012:role/editor","UserPoolId":%q}`, *p.Id)
	if got := wire(t, out.Group); got != want {
		t.Errorf("group\n%s, want\n%s", got, want)
	}
	got, err := e.GetGroup(e.ctx, &cognito.GetGroupInput{UserPoolId: p.Id, GroupName: aws.String("Editors")})
	if err != nil || wire(t, got.Group) != want {
		t.Errorf("GetGroup %v, %v", got, err)
	}
	e.clock.Advance(time.Minute)
	updated, err := e.UpdateGroup(e.ctx, &cognito.UpdateGroupInput{UserPoolId: p.Id, GroupName: aws.String("Editors"), Precedence: aws.Int32(7)})
	if err != nil {
		t.Fatal(err)
	}
	if g := updated.Group; *g.Precedence != 7 || *g.Description != "who edit" || g.RoleArn == nil || !g.LastModifiedDate.Equal(e.clock.Now()) || !g.CreationDate.Before(*g.LastModifiedDate) {
		t.Errorf("updated to %s", wire(t, g))
	}
	bare, err := e.CreateGroup(e.ctx, &cognito.CreateGroupInput{UserPoolId: p.Id, GroupName: aws.String("editors")})
	if err != nil {
		t.Fatalf("a group whose name differs in case: %v", err)
	}
	if bare.Group.Description != nil || bare.Group.Precedence != nil || bare.Group.RoleArn != nil {
		t.Errorf("unset members are shown: %s", wire(t, bare.Group))
	}
	if _, err := e.DeleteGroup(e.ctx, &cognito.DeleteGroupInput{UserPoolId: p.Id, GroupName: aws.String("Editors")}); err != nil {
		t.Fatal(err)
	}
	list, err := e.ListGroups(e.ctx, &cognito.ListGroupsInput{UserPoolId: p.Id})
	if err != nil || len(list.Groups) != 1 || *list.Groups[0].GroupName != "editors" {
		t.Errorf("groups %v, %v", list, err)
	}
}

func TestGroupRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	e.createGroup(t, p.Id, "a")
	e.addUsers(t, p.Id, "ann")
	_, err := e.CreateGroup(e.ctx, &cognito.CreateGroupInput{UserPoolId: p.Id, GroupName: aws.String("a")})
	wantError(t, err, "GroupExistsException", "A group with the name already exists.")
	foreign := aws.String("arn:aws:iam::210987654321:role/r")
	_, err = e.CreateGroup(e.ctx, &cognito.CreateGroupInput{UserPoolId: p.Id, GroupName: aws.String("b"), RoleArn: foreign})
	wantError(t, err, "InvalidParameterException", "Cross-account pass role is not allowed.")
	_, err = e.UpdateGroup(e.ctx, &cognito.UpdateGroupInput{UserPoolId: p.Id, GroupName: aws.String("a"), RoleArn: foreign})
	wantError(t, err, "InvalidParameterException", "Cross-account pass role is not allowed.")

	// Every operation, with a group that is not there and a pool that is not.
	operations := map[string]func(poolID, group *string) error{
		"GetGroup": func(id, g *string) error {
			_, err := e.GetGroup(e.ctx, &cognito.GetGroupInput{UserPoolId: id, GroupName: g})
			return err
		},
		"UpdateGroup": func(id, g *string) error {
			_, err := e.UpdateGroup(e.ctx, &cognito.UpdateGroupInput{UserPoolId: id, GroupName: g})
			return err
		},
		"DeleteGroup": func(id, g *string) error {
			_, err := e.DeleteGroup(e.ctx, &cognito.DeleteGroupInput{UserPoolId: id, GroupName: g})
			return err
		},
		"AdminAddUserToGroup": func(id, g *string) error { return e.addToGroup(id, *g, "ann") },
		"AdminRemoveUserFromGroup": func(id, g *string) error {
			_, err := e.AdminRemoveUserFromGroup(e.ctx, &cognito.AdminRemoveUserFromGroupInput{UserPoolId: id, GroupName: g, Username: aws.String("ann")})
			return err
		},
		"ListUsersInGroup": func(id, g *string) error {
			_, err := e.ListUsersInGroup(e.ctx, &cognito.ListUsersInGroupInput{UserPoolId: id, GroupName: g})
			return err
		},
	}
	for name, call := range operations {
		t.Run(name, func(t *testing.T) {
			wantError(t, call(p.Id, aws.String("A")), "ResourceNotFoundException", "Group not found.")
			wantError(t, call(other.Id, aws.String("a")), "ResourceNotFoundException", "Group not found.")
			wantError(t, call(aws.String("eu-west-1_A"), aws.String("a")), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
		})
	}
	wantError(t, e.addToGroup(p.Id, "a", "bob"), "UserNotFoundException", "User does not exist.")
	_, err = e.AdminRemoveUserFromGroup(e.ctx, &cognito.AdminRemoveUserFromGroupInput{UserPoolId: p.Id, GroupName: aws.String("a"), Username: aws.String("bob")})
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	_, err = e.AdminListGroupsForUser(e.ctx, &cognito.AdminListGroupsForUserInput{UserPoolId: p.Id, Username: aws.String("bob")})
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	_, err = e.ListGroups(e.ctx, &cognito.ListGroupsInput{UserPoolId: aws.String("eu-west-1_A")})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	_, err = e.ListGroups(e.ctx, &cognito.ListGroupsInput{UserPoolId: p.Id, NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
	_, err = e.ListUsersInGroup(e.ctx, &cognito.ListUsersInGroupInput{UserPoolId: p.Id, GroupName: aws.String("a"), NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
	_, err = e.AdminListGroupsForUser(e.ctx, &cognito.AdminListGroupsForUserInput{UserPoolId: p.Id, Username: aws.String("ann"), NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
}

func (e *poolEnv) groupsOf(t testing.TB, poolID *string, username string) (names []string) {
	t.Helper()
	var token *string
	for {
		out, err := e.AdminListGroupsForUser(e.ctx, &cognito.AdminListGroupsForUserInput{UserPoolId: poolID, Username: &username, Limit: aws.Int32(2), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range out.Groups {
			names = append(names, *g.GroupName)
		}
		if token = out.NextToken; token == nil {
			return names
		}
	}
}

func (e *poolEnv) members(t testing.TB, poolID *string, group string) (names []string) {
	t.Helper()
	var token *string
	for {
		out, err := e.ListUsersInGroup(e.ctx, &cognito.ListUsersInGroupInput{UserPoolId: poolID, GroupName: &group, Limit: aws.Int32(2), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range out.Users {
			names = append(names, *u.Username)
		}
		if token = out.NextToken; token == nil {
			return names
		}
	}
}

func TestGroupMembers(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	e.addUsers(t, p.Id, "ann", "bob", "cid")
	for _, g := range []string{"a", "b", "c"} {
		e.createGroup(t, p.Id, g)
	}
	for _, m := range [][2]string{{"a", "ann"}, {"b", "ann"}, {"c", "ann"}, {"a", "bob"}, {"a", "cid"}, {"a", "ann"}} {
		if err := e.addToGroup(p.Id, m[0], m[1]); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, got []string, names string) {
		t.Helper()
		if fmt.Sprint(got) != names {
			t.Errorf("%s: %v, want %s", what, got, names)
		}
	}
	want("groups of ann", e.groupsOf(t, p.Id, "ann"), "[a b c]")
	want("members of a", e.members(t, p.Id, "a"), "[ann bob cid]")

	for range 2 {
		_, err := e.AdminRemoveUserFromGroup(e.ctx, &cognito.AdminRemoveUserFromGroupInput{UserPoolId: p.Id, GroupName: aws.String("b"), Username: aws.String("ann")})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.AdminDeleteUser(e.ctx, &cognito.AdminDeleteUserInput{UserPoolId: p.Id, Username: aws.String("bob")}); err != nil {
		t.Fatal(err)
	}
	want("groups of ann", e.groupsOf(t, p.Id, "ann"), "[a c]")
	want("members of a", e.members(t, p.Id, "a"), "[ann cid]")

	// A group made anew has no members.
	if _, err := e.DeleteGroup(e.ctx, &cognito.DeleteGroupInput{UserPoolId: p.Id, GroupName: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	e.createGroup(t, p.Id, "a")
	want("groups of ann", e.groupsOf(t, p.Id, "ann"), "[c]")
	want("members of a", e.members(t, p.Id, "a"), "[]")
}

// TestDeleteLargeGroup checks that memberships which the call itself leaves
// behind go with Purge.
func TestDeleteLargeGroup(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	e.createGroup(t, p.Id, "a")
	const members = 450
	err := e.db.Update(e.ctx, func(tx *store.Tx) error {
		g, err := tx.Group(*p.Id, "a")
		if err != nil {
			return err
		}
		for i := range members {
			if err := tx.AddToGroup(g, fmt.Sprint("sub", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.DeleteGroup(e.ctx, &cognito.DeleteGroupInput{UserPoolId: p.Id, GroupName: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	if err := e.Purge(e.ctx); err != nil {
		t.Fatal(err)
	}
	err = e.db.Update(e.ctx, func(tx *store.Tx) error {
		more, err := tx.PurgeGroupMembers(1)
		if more {
			t.Error("Purge left members of a deleted group")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGroupsOfUserQuota(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	e.addUsers(t, p.Id, "ann")
	for i := range 101 {
		e.createGroup(t, p.Id, fmt.Sprint("g", i))
		err := e.addToGroup(p.Id, fmt.Sprint("g", i), "ann")
		if i < 100 && err != nil {
			t.Fatal(err)
		}
		if i == 100 {
			wantError(t, err, "LimitExceededException", "A user cannot be in more than 100 groups.")
		}
	}
	if err := e.addToGroup(p.Id, "g5", "ann"); err != nil {
		t.Errorf("a group that the user is in: %v", err)
	}
}
