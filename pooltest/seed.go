package pooltest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Pool describes a user pool to make.
type Pool struct {
	// Settings are those of the pool. PoolName is "test" unless they have one.
	Settings cognitoidentityprovider.CreateUserPoolInput
	// Clients are its app clients and Users its users, in order; Groups are the
	// names of groups, beside those that users name.
	Clients []Client
	Groups  []string
	Users   []User
}

// Client describes an app client.
type Client struct {
	// Name is required and unique in the pool.
	Name string
	// Settings are those of the client; its UserPoolId and ClientName are filled
	// in. Without ExplicitAuthFlows, sign-ins with passwords, SRP and refresh
	// tokens are allowed.
	Settings cognitoidentityprovider.CreateUserPoolClientInput
}

// User describes a user.
type User struct {
	// Username is required: in pools whose usernames are e-mail addresses or
	// telephone numbers, such a one.
	Username string
	// Password is the user's permanent password: the user is CONFIRMED. Without
	// one the status is FORCE_CHANGE_PASSWORD.
	Password string
	// Attributes by name, such as "email": "jane@example.com",
	// "email_verified": "true", "custom:team": "red".
	Attributes map[string]string
	// Groups that the user is in; they are made if need be.
	Groups []string
}

// SeededPool is a pool that was made.
type SeededPool struct {
	ID, ARN string
	// Provider is the pool's name in identity pools' CognitoIdentityProviders
	// and in Logins: cognito-idp.<region>.amazonaws.com/<pool id>.
	Provider string
	// Clients by their names, Users by the names that they were given.
	Clients map[string]SeededClient
	Users   map[string]SeededUser
}

// SeededClient is an app client that was made. Secret is empty unless its
// settings ask for one.
type SeededClient struct{ ID, Secret string }

// SeededUser is a user that was made. Username is the server's own name for
// the user, which differs from the given one where that is an e-mail address
// or telephone number.
type SeededUser struct{ Username, Sub string }

// defaultFlows are those of clients that say nothing.
var defaultFlows = []types.ExplicitAuthFlowsType{
	types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
	types.ExplicitAuthFlowsTypeAllowUserSrpAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
}

// MustSeed is Seed in a test, which fails if the seed does.
func (s *Server) MustSeed(t testing.TB, p Pool) *SeededPool {
	t.Helper()
	made, err := s.Seed(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// Seed makes a user pool with its clients, groups and users by the calls that
// anybody would make, so that every rule of the API holds for them too, and
// returns their ids. No messages are sent.
func (s *Server) Seed(ctx context.Context, p Pool) (*SeededPool, error) {
	api := cognitoidentityprovider.NewFromConfig(s.Config())
	in := p.Settings
	if in.PoolName == nil {
		in.PoolName = aws.String("test")
	}
	out, err := api.CreateUserPool(ctx, &in)
	if err != nil {
		return nil, fmt.Errorf("pooltest: seed pool %q: %w", *in.PoolName, err)
	}
	seed := &seeder{api, &SeededPool{
		ID: aws.ToString(out.UserPool.Id), ARN: aws.ToString(out.UserPool.Arn),
		Provider: "cognito-idp." + s.Region + ".amazonaws.com/" + aws.ToString(out.UserPool.Id),
		Clients:  map[string]SeededClient{}, Users: map[string]SeededUser{},
	}}
	return seed.made, seed.fill(ctx, p)
}

type seeder struct {
	api  *cognitoidentityprovider.Client
	made *SeededPool
}

func (s *seeder) fill(ctx context.Context, p Pool) error {
	for _, c := range p.Clients {
		if err := s.client(ctx, c); err != nil {
			return fmt.Errorf("pooltest: seed client %q: %w", c.Name, err)
		}
	}
	groups := slices.Clone(p.Groups)
	for _, u := range p.Users {
		groups = append(groups, u.Groups...)
	}
	slices.Sort(groups)
	for _, g := range slices.Compact(groups) {
		if _, err := s.api.CreateGroup(ctx, &cognitoidentityprovider.CreateGroupInput{UserPoolId: &s.made.ID, GroupName: &g}); err != nil {
			return fmt.Errorf("pooltest: seed group %q: %w", g, err)
		}
	}
	for _, u := range p.Users {
		if err := s.user(ctx, u); err != nil {
			return fmt.Errorf("pooltest: seed user %q: %w", u.Username, err)
		}
	}
	return nil
}

func (s *seeder) client(ctx context.Context, c Client) error {
	if _, twice := s.made.Clients[c.Name]; twice {
		return fmt.Errorf("the name is given twice")
	}
	in := c.Settings
	in.UserPoolId, in.ClientName = &s.made.ID, &c.Name
	if in.ExplicitAuthFlows == nil {
		in.ExplicitAuthFlows = defaultFlows
	}
	out, err := s.api.CreateUserPoolClient(ctx, &in)
	if err != nil {
		return err
	}
	s.made.Clients[c.Name] = SeededClient{aws.ToString(out.UserPoolClient.ClientId), aws.ToString(out.UserPoolClient.ClientSecret)}
	return nil
}

func (s *seeder) user(ctx context.Context, u User) error {
	in := &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &s.made.ID, Username: &u.Username, MessageAction: types.MessageActionTypeSuppress,
	}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &name, Value: aws.String(u.Attributes[name])})
	}
	out, err := s.api.AdminCreateUser(ctx, in)
	if err != nil {
		return err
	}
	made := SeededUser{Username: aws.ToString(out.User.Username)}
	for _, a := range out.User.Attributes {
		if aws.ToString(a.Name) == "sub" {
			made.Sub = aws.ToString(a.Value)
		}
	}
	s.made.Users[u.Username] = made
	if u.Password != "" {
		_, err := s.api.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
			UserPoolId: &s.made.ID, Username: &made.Username, Password: &u.Password, Permanent: true,
		})
		if err != nil {
			return err
		}
	}
	for _, g := range u.Groups {
		_, err := s.api.AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{UserPoolId: &s.made.ID, Username: &made.Username, GroupName: &g})
		if err != nil {
			return fmt.Errorf("group %q: %w", g, err)
		}
	}
	return nil
}
