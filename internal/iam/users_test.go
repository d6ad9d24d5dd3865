package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
)

func (f *fixture) newUser(name string) *types.User {
	f.t.Helper()
	return must(f.CreateUser(f.ctx, &iam.CreateUserInput{UserName: &name}))(f.t).User
}

func (f *fixture) newGroup(name string) {
	f.t.Helper()
	must(f.CreateGroup(f.ctx, &iam.CreateGroupInput{GroupName: &name}))(f.t)
}

func (f *fixture) newKey(user string) *types.AccessKey {
	f.t.Helper()
	return must(f.CreateAccessKey(f.ctx, &iam.CreateAccessKeyInput{UserName: &user}))(f.t).AccessKey
}

func TestUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := must(f.CreateUser(f.ctx, &iam.CreateUserInput{UserName: p("Alice"), Path: p("/eng/"), PermissionsBoundary: p(managedPrefix + "PowerUserAccess"), Tags: []types.Tag{{Key: p("k"), Value: p("v")}}}))(t).User
	if *got.Arn != "arn:aws:iam::"+account+":user/eng/Alice" || !strings.HasPrefix(*got.UserId, "AIDA") || len(got.Tags) != 1 || *got.PermissionsBoundary.PermissionsBoundaryArn != managedPrefix+"PowerUserAccess" {
		t.Errorf("%+v", got)
	}
	f.newUser("bob")
	if again := must(f.GetUser(f.ctx, &iam.GetUserInput{UserName: p("ALICE")}))(t).User; *again.UserId != *got.UserId || len(again.Tags) != 1 {
		t.Errorf("%+v", again)
	}
	list := must(f.ListUsers(f.ctx, &iam.ListUsersInput{MaxItems: p[int32](1)}))(t)
	if len(list.Users) != 1 || *list.Users[0].UserName != "Alice" || list.Users[0].Tags != nil || !list.IsTruncated {
		t.Errorf("%+v", list)
	}
	list = must(f.ListUsers(f.ctx, &iam.ListUsersInput{Marker: list.Marker}))(t)
	if len(list.Users) != 1 || *list.Users[0].UserName != "bob" || list.IsTruncated {
		t.Errorf("%+v", list)
	}
	for _, c := range []struct {
		code, message string
		in            *iam.CreateUserInput
	}{
		{"EntityAlreadyExists", "User with name aLICE already exists.", &iam.CreateUserInput{UserName: p("aLICE")}},
		{"InvalidInput", msgDuplicateTags, &iam.CreateUserInput{UserName: p("x"), Tags: []types.Tag{{Key: p("a"), Value: p("")}, {Key: p("A"), Value: p("")}}}},
		{"NoSuchEntity", "Scope ARN: " + policyARN + "gone does not exist or is not attachable.", &iam.CreateUserInput{UserName: p("x"), PermissionsBoundary: p(policyARN + "gone")}},
		{"InvalidInput", "ARN nonsense-nonsense-nonsense is not valid.", &iam.CreateUserInput{UserName: p("x"), PermissionsBoundary: p("nonsense-nonsense-nonsense")}},
	} {
		refused[*iam.CreateUserOutput](t, c.code, c.message)(f.CreateUser(f.ctx, c.in))
	}
	refused[*iam.GetUserOutput](t, "NoSuchEntity", "The user with name x cannot be found.")(f.GetUser(f.ctx, &iam.GetUserInput{UserName: p("x")}))
}

func TestGetUserWithoutName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.user("me")
	if got := must(f.GetUser(f.as(account, userPrincipal(u)), &iam.GetUserInput{}))(t).User; *got.UserId != u.ID {
		t.Errorf("%+v", got)
	}
	root := must(f.GetUser(f.ctx, &iam.GetUserInput{}))(t).User
	if *root.UserId != account || *root.Arn != "arn:aws:iam::"+account+":root" || root.UserName != nil {
		t.Errorf("%+v", root)
	}
	session := roleSession(f.role("r"))
	refused[*iam.GetUserOutput](t, "ValidationError", "Must specify userName when calling with non-User credentials")(f.GetUser(f.as(account, session), &iam.GetUserInput{}))
	refused[*iam.CreateAccessKeyOutput](t, "ValidationError", "Must specify userName when calling with non-User credentials")(f.CreateAccessKey(f.as(account, session), &iam.CreateAccessKeyInput{}))
}

func TestRenameUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.newUser("old")
	f.newUser("taken")
	key := f.newKey("old")
	f.newGroup("g")
	must(f.AddUserToGroup(f.ctx, &iam.AddUserToGroupInput{GroupName: p("g"), UserName: p("old")}))(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + *u.Arn + `"},"Action":"sts:AssumeRole"}]}`
	must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("r"), AssumeRolePolicyDocument: &trust}))(t)
	refused[*iam.UpdateUserOutput](t, "EntityAlreadyExists", "User with name TAKEN already exists.")(f.UpdateUser(f.ctx, &iam.UpdateUserInput{UserName: p("old"), NewUserName: p("TAKEN")}))
	must(f.UpdateUser(f.ctx, &iam.UpdateUserInput{UserName: p("old"), NewUserName: p("new"), NewPath: p("/p/")}))(t)
	got := must(f.GetUser(f.ctx, &iam.GetUserInput{UserName: p("new")}))(t).User
	if *got.UserId != *u.UserId || *got.Path != "/p/" {
		t.Errorf("%+v", got)
	}
	_, pr, err := f.AccessKey(context.Background(), *key.AccessKeyId)
	if err != nil || pr.ARN != *got.Arn {
		t.Errorf("%+v %v", pr, err)
	}
	if g := must(f.GetGroup(f.ctx, &iam.GetGroupInput{GroupName: p("g")}))(t); len(g.Users) != 1 || *g.Users[0].UserName != "new" {
		t.Errorf("%+v", g)
	}
	shown := *must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("r")}))(t).Role.AssumeRolePolicyDocument
	if want := strings.Replace(trust, *u.Arn, *got.Arn, 1); shown != want {
		t.Errorf("trust %s", shown)
	}
	refused[*iam.GetUserOutput](t, "NoSuchEntity", "The user with name old cannot be found.")(f.GetUser(f.ctx, &iam.GetUserInput{UserName: p("old")}))
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	f.newGroup("g")
	name := p("u")
	conflict := func(message string) {
		t.Helper()
		refused[*iam.DeleteUserOutput](t, "DeleteConflict", message)(f.DeleteUser(f.ctx, &iam.DeleteUserInput{UserName: name}))
	}
	must(f.AttachUserPolicy(f.ctx, &iam.AttachUserPolicyInput{UserName: name, PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))(t)
	conflict("Cannot delete entity, must detach all policies first.")
	must(f.DetachUserPolicy(f.ctx, &iam.DetachUserPolicyInput{UserName: name, PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))(t)
	must(f.PutUserPolicy(f.ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: p("p"), PolicyDocument: p(allowAll)}))(t)
	conflict("Cannot delete entity, must delete policies first.")
	must(f.DeleteUserPolicy(f.ctx, &iam.DeleteUserPolicyInput{UserName: name, PolicyName: p("p")}))(t)
	key := f.newKey("u")
	conflict("Cannot delete entity, must delete access keys first.")
	must(f.DeleteAccessKey(f.ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId}))(t)
	must(f.AddUserToGroup(f.ctx, &iam.AddUserToGroupInput{GroupName: p("g"), UserName: name}))(t)
	conflict("Cannot delete entity, must remove users from group first.")
	must(f.RemoveUserFromGroup(f.ctx, &iam.RemoveUserFromGroupInput{GroupName: p("g"), UserName: name}))(t)
	must(f.DeleteUser(f.ctx, &iam.DeleteUserInput{UserName: name}))(t)
	refused[*iam.DeleteUserOutput](t, "NoSuchEntity", "The user with name u cannot be found.")(f.DeleteUser(f.ctx, &iam.DeleteUserInput{UserName: name}))
}

func TestGroups(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Quotas{GroupsPerUser: 2})
	for _, n := range []string{"G1", "g2", "g3"} {
		f.newGroup(n)
	}
	for _, n := range []string{"a", "b"} {
		f.newUser(n)
	}
	add := func(user, group string) (*iam.AddUserToGroupOutput, error) {
		return f.AddUserToGroup(f.ctx, &iam.AddUserToGroupInput{UserName: &user, GroupName: &group})
	}
	must(add("a", "g1"))(t)
	must(add("a", "G1"))(t)
	must(add("b", "g1"))(t)
	must(add("a", "g2"))(t)
	refused[*iam.AddUserToGroupOutput](t, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 2")(add("a", "g3"))
	refused[*iam.AddUserToGroupOutput](t, "NoSuchEntity", "The user with name x cannot be found.")(add("x", "y"))
	refused[*iam.AddUserToGroupOutput](t, "NoSuchEntity", "The group with name y cannot be found.")(add("a", "y"))
	g := must(f.GetGroup(f.ctx, &iam.GetGroupInput{GroupName: p("G1"), MaxItems: p[int32](1)}))(t)
	if *g.Group.GroupName != "G1" || len(g.Users) != 1 || *g.Users[0].UserName != "a" || !g.IsTruncated {
		t.Errorf("%+v", g)
	}
	if g = must(f.GetGroup(f.ctx, &iam.GetGroupInput{GroupName: p("G1"), Marker: g.Marker}))(t); len(g.Users) != 1 || *g.Users[0].UserName != "b" || g.IsTruncated {
		t.Errorf("%+v", g)
	}
	groups := must(f.ListGroupsForUser(f.ctx, &iam.ListGroupsForUserInput{UserName: p("a")}))(t).Groups
	if len(groups) != 2 || *groups[0].GroupName != "G1" || *groups[1].GroupName != "g2" {
		t.Errorf("%+v", groups)
	}
	must(f.UpdateGroup(f.ctx, &iam.UpdateGroupInput{GroupName: p("g2"), NewGroupName: p("two"), NewPath: p("/x/")}))(t)
	refused[*iam.UpdateGroupOutput](t, "EntityAlreadyExists", "Group with name g1 already exists.")(f.UpdateGroup(f.ctx, &iam.UpdateGroupInput{GroupName: p("two"), NewGroupName: p("g1")}))
	if list := must(f.ListGroups(f.ctx, &iam.ListGroupsInput{PathPrefix: p("/x/")}))(t); len(list.Groups) != 1 || *list.Groups[0].Arn != "arn:aws:iam::"+account+":group/x/two" {
		t.Errorf("%+v", list)
	}
	refused[*iam.DeleteGroupOutput](t, "DeleteConflict", "Cannot delete entity, must remove users from group first.")(f.DeleteGroup(f.ctx, &iam.DeleteGroupInput{GroupName: p("two")}))
	must(f.RemoveUserFromGroup(f.ctx, &iam.RemoveUserFromGroupInput{GroupName: p("two"), UserName: p("a")}))(t)
	refused[*iam.RemoveUserFromGroupOutput](t, "NoSuchEntity", "User a is not a member of group two.")(f.RemoveUserFromGroup(f.ctx, &iam.RemoveUserFromGroupInput{GroupName: p("two"), UserName: p("a")}))
	must(f.AttachGroupPolicy(f.ctx, &iam.AttachGroupPolicyInput{GroupName: p("two"), PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))(t)
	refused[*iam.DeleteGroupOutput](t, "DeleteConflict", "Cannot delete entity, must detach all policies first.")(f.DeleteGroup(f.ctx, &iam.DeleteGroupInput{GroupName: p("two")}))
	must(f.DetachGroupPolicy(f.ctx, &iam.DetachGroupPolicyInput{GroupName: p("two"), PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))(t)
	must(f.DeleteGroup(f.ctx, &iam.DeleteGroupInput{GroupName: p("two")}))(t)
	refused[*iam.CreateGroupOutput](t, "EntityAlreadyExists", "Group with name g1 already exists.")(f.CreateGroup(f.ctx, &iam.CreateGroupInput{GroupName: p("g1")}))
	refused[*iam.GetGroupOutput](t, "NoSuchEntity", "The group with name two cannot be found.")(f.GetGroup(f.ctx, &iam.GetGroupInput{GroupName: p("two")}))
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	f.newUser("v")
	k := f.newKey("u")
	if !strings.HasPrefix(*k.AccessKeyId, "AKIARZPUZDIK") || len(*k.AccessKeyId) != 20 || len(*k.SecretAccessKey) != 40 || k.Status != types.StatusTypeActive || *k.UserName != "u" {
		t.Errorf("%+v", k)
	}
	second := f.newKey("u")
	refused[*iam.CreateAccessKeyOutput](t, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")(f.CreateAccessKey(f.ctx, &iam.CreateAccessKeyInput{UserName: p("u")}))
	secret, pr, err := f.AccessKey(context.Background(), *k.AccessKeyId)
	if err != nil || secret != *k.SecretAccessKey {
		t.Fatal(secret, err)
	}
	if list := must(f.ListAccessKeys(f.as(account, pr), &iam.ListAccessKeysInput{}))(t); len(list.AccessKeyMetadata) != 2 || *list.AccessKeyMetadata[0].UserName != "u" {
		t.Errorf("%+v", list)
	}
	set := func(user string, status types.StatusType) (*iam.UpdateAccessKeyOutput, error) {
		return f.UpdateAccessKey(f.ctx, &iam.UpdateAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId, Status: status})
	}
	must(set("u", types.StatusTypeInactive))(t)
	if _, _, err := f.AccessKey(context.Background(), *k.AccessKeyId); !errors.Is(err, sigv4.ErrUnknownKey) {
		t.Errorf("an inactive key: %v", err)
	}
	must(set("u", types.StatusTypeActive))(t)
	_, _, err = f.AccessKey(context.Background(), *k.AccessKeyId)
	check(t, err)
	refused[*iam.UpdateAccessKeyOutput](t, "NoSuchEntity", "The Access Key with id "+*k.AccessKeyId+" cannot be found.")(set("v", types.StatusTypeActive))
	refused[*iam.UpdateAccessKeyOutput](t, "NoSuchEntity", "The user with name x cannot be found.")(set("x", types.StatusTypeActive))
	must(f.DeleteAccessKey(f.as(account, pr), &iam.DeleteAccessKeyInput{AccessKeyId: second.AccessKeyId}))(t)
	refused[*iam.DeleteAccessKeyOutput](t, "NoSuchEntity", "The Access Key with id "+*second.AccessKeyId+" cannot be found.")(f.DeleteAccessKey(f.ctx, &iam.DeleteAccessKeyInput{UserName: p("u"), AccessKeyId: second.AccessKeyId}))
	root := must(f.CreateAccessKey(f.ctx, &iam.CreateAccessKeyInput{}))(t).AccessKey
	if _, pr, err := f.AccessKey(context.Background(), *root.AccessKeyId); err != nil || pr.Kind != awswire.Root {
		t.Errorf("%+v %v", pr, err)
	}
}

func TestGetAccessKeyLastUsed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	k := f.newKey("u")
	last := func() *types.AccessKeyLastUsed {
		t.Helper()
		out := must(f.GetAccessKeyLastUsed(f.ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId}))(t)
		if *out.UserName != "u" {
			t.Errorf("%+v", out)
		}
		return out.AccessKeyLastUsed
	}
	if l := last(); *l.Region != "N/A" || *l.ServiceName != "N/A" || l.LastUsedDate != nil {
		t.Errorf("%+v", l)
	}
	_, pr, err := f.AccessKey(context.Background(), *k.AccessKeyId)
	check(t, err)
	f.clock.Advance(time.Hour)
	call := f.call(pr, "sts", "GetCallerIdentity")
	check(t, f.Authorize(context.Background(), call, nil))
	if l := last(); *l.Region != "eu-west-1" || *l.ServiceName != "sts" || !l.LastUsedDate.Equal(f.clock.Now()) {
		t.Errorf("%+v", l)
	}
	refused[*iam.GetAccessKeyLastUsedOutput](t, "AccessDenied", "User: arn:aws:iam::"+account+":root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIANONE")(
		f.GetAccessKeyLastUsed(f.ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: p("AKIANONE")}))
}

func TestBoundaries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	f.role("r")
	arn := f.policy("limit")
	must(f.PutUserPermissionsBoundary(f.ctx, &iam.PutUserPermissionsBoundaryInput{UserName: p("u"), PermissionsBoundary: &arn}))(t)
	must(f.PutRolePermissionsBoundary(f.ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: p("r"), PermissionsBoundary: &arn}))(t)
	if got := must(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: &arn}))(t).Policy; *got.PermissionsBoundaryUsageCount != 2 || *got.AttachmentCount != 0 {
		t.Errorf("%+v", got)
	}
	refused[*iam.DeletePolicyOutput](t, "DeleteConflict", msgPolicyAttached)(f.DeletePolicy(f.ctx, &iam.DeletePolicyInput{PolicyArn: &arn}))
	must(f.DeleteUserPermissionsBoundary(f.ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: p("u")}))(t)
	must(f.DeleteRolePermissionsBoundary(f.ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: p("r")}))(t)
	if got := must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("r")}))(t).Role; got.PermissionsBoundary != nil {
		t.Errorf("%+v", got)
	}
	refused[*iam.DeleteRolePermissionsBoundaryOutput](t, "NoSuchEntity", "Role r doesn't have a permissions boundary.")(f.DeleteRolePermissionsBoundary(f.ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: p("r")}))
	refused[*iam.PutRolePermissionsBoundaryOutput](t, "InvalidInput", "ARN nonsense-nonsense-nonsense is not valid.")(
		f.PutRolePermissionsBoundary(f.ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: p("r"), PermissionsBoundary: p("nonsense-nonsense-nonsense")}))
}

func TestInstanceProfiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := must(f.CreateInstanceProfile(f.ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: p("Web"), Path: p("/p/"), Tags: []types.Tag{{Key: p("a"), Value: p("b")}}}))(t).InstanceProfile
	if *got.Arn != "arn:aws:iam::"+account+":instance-profile/p/Web" || !strings.HasPrefix(*got.InstanceProfileId, "AIPA") || got.Roles == nil || len(got.Roles) != 0 || len(got.Tags) != 1 {
		t.Errorf("%+v", got)
	}
	f.role("r")
	f.role("s")
	add := func(profile, role string) (*iam.AddRoleToInstanceProfileOutput, error) {
		return f.AddRoleToInstanceProfile(f.ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &profile, RoleName: &role})
	}
	must(add("web", "r"))(t)
	refused[*iam.AddRoleToInstanceProfileOutput](t, "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")(add("web", "s"))
	refused[*iam.AddRoleToInstanceProfileOutput](t, "NoSuchEntity", "Instance Profile x cannot be found.")(add("x", "s"))
	refused[*iam.AddRoleToInstanceProfileOutput](t, "NoSuchEntity", "The role with name x cannot be found.")(add("web", "x"))
	refused[*iam.CreateInstanceProfileOutput](t, "EntityAlreadyExists", "Instance Profile WEB already exists.")(f.CreateInstanceProfile(f.ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: p("WEB")}))
	refused[*iam.DeleteInstanceProfileOutput](t, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")(f.DeleteInstanceProfile(f.ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: p("web")}))
	refused[*iam.DeleteRoleOutput](t, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")(f.DeleteRole(f.ctx, &iam.DeleteRoleInput{RoleName: p("r")}))
	if one := must(f.GetInstanceProfile(f.ctx, &iam.GetInstanceProfileInput{InstanceProfileName: p("web")}))(t).InstanceProfile; len(one.Roles) != 1 || *one.Roles[0].RoleName != "r" || len(one.Tags) != 1 {
		t.Errorf("%+v", one)
	}
	if list := must(f.ListInstanceProfilesForRole(f.ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: p("r")}))(t); len(list.InstanceProfiles) != 1 || list.InstanceProfiles[0].Tags != nil {
		t.Errorf("%+v", list)
	}
	if list := must(f.ListInstanceProfiles(f.ctx, &iam.ListInstanceProfilesInput{}))(t); len(list.InstanceProfiles) != 1 || len(list.InstanceProfiles[0].Roles) != 1 {
		t.Errorf("%+v", list)
	}
	must(f.RemoveRoleFromInstanceProfile(f.ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: p("web"), RoleName: p("r")}))(t)
	refused[*iam.RemoveRoleFromInstanceProfileOutput](t, "NoSuchEntity", "Role r in Instance Profile Web cannot be found.")(
		f.RemoveRoleFromInstanceProfile(f.ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: p("web"), RoleName: p("r")}))
	must(f.DeleteInstanceProfile(f.ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: p("web")}))(t)
	refused[*iam.GetInstanceProfileOutput](t, "NoSuchEntity", "Instance Profile web cannot be found.")(f.GetInstanceProfile(f.ctx, &iam.GetInstanceProfileInput{InstanceProfileName: p("web")}))
}

func TestOIDCProviders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.ownIssuer = func(issuer string) bool { return issuer == "http://127.0.0.1:7665/us-east-1_a" }
	create := func(url string, change ...func(*iam.CreateOpenIDConnectProviderInput)) (*iam.CreateOpenIDConnectProviderOutput, error) {
		in := &iam.CreateOpenIDConnectProviderInput{Url: &url, ClientIDList: []string{"a", "b", "a"}}
		for _, c := range change {
			c(in)
		}
		return f.CreateOpenIDConnectProvider(f.ctx, in)
	}
	arn := must(create("https://idp.example.com/path"))(t).OpenIDConnectProviderArn
	if *arn != "arn:aws:iam::"+account+":oidc-provider/idp.example.com/path" {
		t.Error(*arn)
	}
	got := must(f.GetOpenIDConnectProvider(f.ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(t)
	if *got.Url != "idp.example.com/path" || fmt.Sprint(got.ClientIDList) != "[a b]" || got.Tags == nil {
		t.Errorf("%+v", got)
	}
	must(create("http://127.0.0.1:7665/us-east-1_a"))(t)
	for _, bad := range []string{"http://idp.example.com", "https://idp.example.com:8443", "https://idp.example.com/?q=1", "https://", "idp.example.com", "https://u:p@idp.example.com", "http://127.0.0.1:7665/us-east-1_b"} {
		refused[*iam.CreateOpenIDConnectProviderOutput](t, "ValidationError", "Invalid Open ID Connect Provider URL")(create(bad))
	}
	refused[*iam.CreateOpenIDConnectProviderOutput](t, "EntityAlreadyExists", "Provider with url https://idp.example.com/path already exists.")(create("https://idp.example.com/path"))
	refused[*iam.CreateOpenIDConnectProviderOutput](t, "InvalidInput", "Thumbprint list must contain fewer than 5 entries.")(create("https://x.example.com", func(in *iam.CreateOpenIDConnectProviderInput) {
		in.ThumbprintList = make([]string, 6)
	}))
	add := func(id string) (*iam.AddClientIDToOpenIDConnectProviderOutput, error) {
		return f.AddClientIDToOpenIDConnectProvider(f.ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &id})
	}
	for i := range 98 {
		must(add(fmt.Sprint(i)))(t)
	}
	must(add("a"))(t)
	refused[*iam.AddClientIDToOpenIDConnectProviderOutput](t, "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")(add("x"))
	must(f.RemoveClientIDFromOpenIDConnectProvider(f.ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: p("a")}))(t)
	must(f.UpdateOpenIDConnectProviderThumbprint(f.ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: arn, ThumbprintList: []string{"t"}}))(t)
	found, ids, err := f.OIDCProvider(context.Background(), account, "https://idp.example.com/path")
	if err != nil || found != *arn || len(ids) != 99 {
		t.Errorf("%s %v %v", found, ids, err)
	}
	must(f.TagOpenIDConnectProvider(f.ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: []types.Tag{{Key: p("k"), Value: p("v")}}}))(t)
	if tags := must(f.ListOpenIDConnectProviderTags(f.ctx, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn}))(t).Tags; len(tags) != 1 {
		t.Errorf("%+v", tags)
	}
	if list := must(f.ListOpenIDConnectProviders(f.ctx, &iam.ListOpenIDConnectProvidersInput{}))(t).OpenIDConnectProviderList; len(list) != 2 {
		t.Errorf("%+v", list)
	}
	must(f.DeleteOpenIDConnectProvider(f.ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(t)
	refused[*iam.DeleteOpenIDConnectProviderOutput](t, "NoSuchEntity", "OpenId connect Provider "+*arn+" cannot be found.")(f.DeleteOpenIDConnectProvider(f.ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))
	refused[*iam.GetOpenIDConnectProviderOutput](t, "NoSuchEntity", "OpenIDConnect Provider not found for arn "+*arn)(f.GetOpenIDConnectProvider(f.ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))
}
